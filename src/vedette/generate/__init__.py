"""A plausible organisation's mailbox, with planted campaigns and the truth about them."""
