"""Macros that take a text apart: CSV, command lines, paths, versions.

The trap: a text that is no such thing gives null or empty parts, never an error; so a pattern says
first whether it is one, and only then is it taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    # The parts of a pair without the blanks around them.
    "kv_pairs(keys, vs)": (
        "list_transform(list_zip(keys, vs), lambda z: {'k': trim(z[1], chr(9) || chr(10) || chr(13)"
        " || ' '), 'v': trim(z[2], chr(9) || chr(10) || chr(13) || ' ')})"
    ),
    # Lists of the same length: at each place the first text that is not empty.
    "kv_either(lists)": (
        "list_transform(range(1, len(lists[1]) + 1), lambda i: coalesce(list_filter("
        "list_transform(lists, lambda l: l[i]), lambda t: t <> '')[1], ''))"
    ),
    "kv_unescaped(l, escape)": (
        "list_transform(l, lambda t: regexp_replace(coalesce(t, ''), escape, '\\1', 'g'))"
    ),
    "kv_value(pairs, name)": ("coalesce(list_filter(pairs, lambda p: p.k = name)[1].v, '')"),
    "csv_record(t)": 'regexp_extract(t, \'^(?:[^"\\r\\n]|"(?:[^"]|"")*"|")*\')',
    "csv_field(f)": (
        "CASE WHEN starts_with(f, '\"') AND ends_with(f, '\"') AND length(f) > 1"
        " THEN replace(f[2:-2], '\"\"', '\"') ELSE f END"
    ),
    "parse_csv(t)": (
        "to_json(list_transform(regexp_extract_all(',' || kql.csv_record(t),"
        ' \',(?:"(?:[^"]|"")*"|[^,]*)\'), lambda f: kql.csv_field(f[2:])))'
    ),
    "parse_version(t0)": (
        "list_transform([t0], lambda t: CASE"
        " WHEN regexp_full_match(t, '[0-9]{1,8}([.][0-9]{1,8}){0,3}') THEN list_reduce("
        "list_resize(string_split(t, '.'), 4, '0'), lambda s, p: s * 100000000"
        " + p::HUGEINT, 0::HUGEINT) END)[1]"
    ),
    "path_parts(t)": (
        "regexp_extract(t, '(?s)^(?:([A-Za-z][A-Za-z0-9+.-]+)://)?([A-Za-z]:)?"
        "((?:.*[\\\\/])?)([^\\\\/:]*)(?::([^\\\\/]*))?$',"
        " ['scheme', 'root', 'folder', 'file', 'stream'])"
    ),
    "parse_path(t)": (
        "list_transform([kql.path_parts(t)], lambda p: json_object('Scheme', p.scheme,"
        " 'RootPath', p.root, 'DirectoryPath', p.root || rtrim(p.folder, '\\/'),"
        " 'DirectoryName', regexp_extract(rtrim(p.folder, '\\/'), '[^\\\\/]*$'),"
        " 'Filename', p.file, 'Extension', regexp_extract(p.file, '[.]([^.]*)$', 1),"
        " 'AlternateDataStreamName', p.stream))[1]"
    ),
    # CommandLineToArgvW: the state after each character; ``b`` counts backslashes before it.
    "argument_step(s, c)": (
        "CASE WHEN c = '\\' THEN {'done': s.done, 'w': s.w, 'q': s.q, 'b': s.b + 1, 'open': TRUE,"
        " 'twice': FALSE}"
        " WHEN c = '\"' AND s.twice THEN {'done': s.done, 'w': s.w || '\"', 'q': s.q, 'b': 0,"
        " 'open': TRUE, 'twice': FALSE}"
        " WHEN c = '\"' THEN {'done': s.done, 'w': s.w || repeat('\\', s.b // 2)"
        " || CASE WHEN s.b % 2 = 1 THEN '\"' ELSE '' END,"
        " 'q': CASE WHEN s.b % 2 = 1 THEN s.q ELSE NOT s.q END, 'b': 0, 'open': TRUE,"
        " 'twice': s.q AND s.b % 2 = 0}"
        " WHEN c IN (' ', chr(9)) AND NOT s.q THEN {'done': CASE WHEN s.open"
        " THEN list_append(s.done, s.w || repeat('\\', s.b)) ELSE s.done END, 'w': '', 'q': FALSE,"
        " 'b': 0, 'open': FALSE, 'twice': FALSE}"
        " ELSE {'done': s.done, 'w': s.w || repeat('\\', s.b) || c, 'q': s.q, 'b': 0, 'open': TRUE,"
        " 'twice': FALSE} END"
    ),
    "arguments(t)": (
        "list_reduce(list_transform(range(1, length(t) + 2), lambda i:"
        " CASE WHEN i > length(t) THEN chr(0) ELSE substring(t, i, 1) END),"
        " lambda s, c: CASE WHEN c <> chr(0) THEN kql.argument_step(s, c) WHEN s.open THEN"
        " {'done': list_append(s.done, s.w || repeat('\\', s.b)), 'w': '', 'q': FALSE, 'b': 0,"
        " 'open': FALSE, 'twice': FALSE} ELSE s END,"
        " {'done': []::VARCHAR[], 'w': '', 'q': FALSE, 'b': 0::BIGINT, 'open': FALSE,"
        " 'twice': FALSE}).done"
    ),
    # The program's name knows no escapes: it ends at the next quotation mark or blank.
    "parse_command_line(t0)": (
        "list_transform([t0], lambda t: list_transform([regexp_extract(t,"
        " '(?s)^(?:\"([^\"]*)(?:\"|$)|([^ \\t]*))(.*)$', ['quoted', 'bare', 'rest'])], lambda m:"
        " CASE WHEN t <> '' THEN to_json(list_prepend(m.quoted || m.bare,"
        " kql.arguments(m.rest))) END)[1])[1]"
    ),
}
