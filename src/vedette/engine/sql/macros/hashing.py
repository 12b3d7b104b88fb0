"""Macros for xxHash64, which the documentation names for ``hash`` and ``hash_xxhash64``.

The trap: it computes modulo 2^64 with numbers up to 2^64, so every product is taken in 128 bits and
cut to 64 before the next step. The input is text in hexadecimal, two digits a byte.
"""

from __future__ import annotations

from collections.abc import Mapping

_P1, _P2, _P3, _P4, _P5 = (
    f"{prime}::UHUGEINT"
    for prime in (
        11_400_714_785_074_694_791,
        14_029_467_366_897_019_727,
        1_609_587_929_392_839_161,
        9_650_029_242_287_828_579,
        2_870_177_450_012_600_261,
    )
)
_ALL = f"{2**64 - 1}::UHUGEINT"
_STARTS = [(11_400_714_785_074_694_791 + 14_029_467_366_897_019_727) % 2**64]
_STARTS += [14_029_467_366_897_019_727, 0, -11_400_714_785_074_694_791 % 2**64]


def _finished(rounds: str) -> str:
    return f"CASE WHEN length(h) >= 64 THEN {rounds} ELSE {_P5} END"


MACROS: Mapping[str, str] = {
    "cut64(n)": f"((n) & {_ALL})",
    "rotated64(n, bits)": (
        "list_transform([n], lambda x: kql.cut64(x << bits::UHUGEINT)"
        " | (x >> (64 - bits)::UHUGEINT))[1]"
    ),
    # Bytes from a place on, the lowest first, as a number.
    "little(h, place, size)": (
        "('0x' || kql.joined(list_transform(range(size - 1, -1, -1), lambda i:"
        " substring(h, (place + i) * 2 + 1, 2)), ''))::UBIGINT::UHUGEINT"
    ),
    "xx_round(lane, word)": (
        f"kql.cut64(kql.rotated64(kql.cut64(lane + kql.cut64(word * {_P2})), 31) * {_P1})"
    ),
    "xx_lanes(h)": (
        "list_reduce(range(0, length(h) // 64), lambda s, n: list_transform(range(0, 4),"
        " lambda k: kql.xx_round(s[k + 1], kql.little(h, n * 32 + k * 8, 8))),"
        f" [{', '.join(f'{start}::UHUGEINT' for start in _STARTS)}])"
    ),
    "xx_merged(lanes)": (
        "list_reduce(lanes, lambda acc, lane: kql.cut64(xor(acc, kql.xx_round(0::UHUGEINT, lane))"
        f" * {_P1} + {_P4}), kql.cut64(kql.rotated64(lanes[1], 1) + kql.rotated64(lanes[2], 7)"
        " + kql.rotated64(lanes[3], 12) + kql.rotated64(lanes[4], 18)))"
    ),
    "xx_words(h, start, acc)": (
        "list_reduce(range(start, length(h) // 2 - 7, 8), lambda a, at: kql.cut64(kql.rotated64("
        f"xor(a, kql.xx_round(0::UHUGEINT, kql.little(h, at, 8))), 27) * {_P1} + {_P4}), acc)"
    ),
    "xx_half(h, start, acc)": (
        "CASE WHEN start + 4 <= length(h) // 2 THEN kql.cut64(kql.rotated64(xor(acc, kql.cut64("
        f"kql.little(h, start, 4) * {_P1})), 23) * {_P2} + {_P3}) ELSE acc END"
    ),
    "xx_bytes(h, start, acc)": (
        "list_reduce(range(start, length(h) // 2), lambda a, at: kql.cut64(kql.rotated64(xor(a,"
        f" kql.cut64(kql.little(h, at, 1) * {_P5})), 11) * {_P1}), acc)"
    ),
    "xx_mixed(acc, bits, prime)": (
        "list_transform([acc], lambda a: kql.cut64(xor(a, a >> bits::UHUGEINT) * prime))[1]"
    ),
    "xx_final(acc)": (
        f"kql.xx_mixed(kql.xx_mixed(kql.xx_mixed(acc, 33, {_P2}), 29, {_P3}), 32, 1::UHUGEINT)"
    ),
    "signed64(n)": (
        "list_transform([n], lambda x: CASE WHEN x >= 9223372036854775808::UHUGEINT"
        " THEN x::HUGEINT - 18446744073709551616 ELSE x::HUGEINT END::BIGINT)[1]"
    ),
    "xx_tail(h, start, acc)": (
        "list_transform([(length(h) // 2 - start) // 8 * 8 + start], lambda words:"
        " kql.xx_bytes(h, words + CASE WHEN words + 4 <= length(h) // 2 THEN 4 ELSE 0 END,"
        " kql.xx_half(h, words, kql.xx_words(h, start, acc))))[1]"
    ),
    "xxhash64(hex)": (
        "list_transform([hex], lambda h: kql.signed64(kql.xx_final(kql.xx_tail(h,"
        f" length(h) // 64 * 32, kql.cut64({_finished('kql.xx_merged(kql.xx_lanes(h))')}"
        " + (length(h) // 2)::UHUGEINT)))))[1]"
    ),
    "long_bytes(n)": (
        "list_transform([lpad(to_hex(n), 16, '0')], lambda t: kql.joined(list_transform("
        "range(7, -1, -1), lambda i: substring(t, i * 2 + 1, 2)), ''))[1]"
    ),
}
