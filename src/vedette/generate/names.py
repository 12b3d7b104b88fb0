"""Words that names, subjects and domains are made of. All of them are invented or common."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ana Ben Chloe Dmitri Emma Farid Grace Hugo Ines Jonas Karin Leon Maya Nils Olga Pavel Rosa "
    "Samir Tessa Umar Vera Wim Xenia Yusuf Zoe Amir Bianca Carl Dana Erik Fatima Georg Hanna Ivan "
    "Jana Kofi Laila Marco Nora Oskar Petra Quinn Rafael Sofia Tomas Ute Viktor Wanda Yara Zeno "
    "Aiko Bruno Celine Diego Elif Finn Greta Henrik Isla"
)
LAST = _words(
    "Ruiz Okafor Martin Volkov Larsen Haddad Kim Weber Costa Novak Berg Fischer Singh Lund Petrov "
    "Kral Moreno Aziz Jansen Malik Horvat Visser Laurent Demir Adler Nasser Rossi Braun Kovacs "
    "Dahl Rahman Huber Svensson Ortiz Krause Mensah Farouk Conti Nyberg Mayer Pohl Reyes Silva "
    "Santos "
    "Keller Klein Orlov Zeman Tanaka Ferrari Dupont Vargas Yilmaz Murphy Vogel Lind Byrne"
)
DEPARTMENTS = ("Sales", "Finance", "Operations", "Engineering", "Legal", "People", "IT")

#: Subjects of ordinary mail between people; {n} is a number.
WORK_SUBJECTS = (
    "Contract draft v{n}",
    "Minutes of Monday",
    "Question about order {n}",
    "Delivery schedule week {n}",
    "Offer {n}",
    "Invoice {n}",
    "Lunch on Thursday?",
    "Slides for the review",
    "Purchase order {n}",
    "Budget {n}, second round",
    "Rechnung {n}",
    "Termin nächste Woche",
    "Payment terms for {n}",
    "Urgent: pallet {n} is missing",
)
SERVICE_SUBJECTS = (
    "Ticket {n} was updated",
    "Your build {n} finished",
    "Meeting notes are ready",
    "Your parcel {n} is on its way",
    "Reset your password",
    "Someone shared a file with you",
    "Weekly report {n}",
    "Your receipt {n}",
)
NEWS_SUBJECTS = (
    "What changed in logistics this week",
    "Five ideas for autumn",
    "Industry news, issue {n}",
    "Webinar: planning for next year",
    "Our prices until Sunday",
)

#: Domains of attackers are two of these words and a number: new in each campaign.
LURE_WORDS = _words(
    "portal secure files docs account verify cloud share notice billing desk center sign view "
    "online access mail team service update"
)
