"""``convert_…`` between units of measurement, and ``format_bytes``.

The trap: a unit that is none gives null, not an error; a unit whose size nobody documents
(``EarthMass``, ``SolarRadius``) is refused instead of guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from vedette.engine.sql import value as values
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value

_DEGREE = 0.017453292519943295
_FOOT, _SURVEY_FOOT = Fraction("0.3048"), Fraction(1200, 3937)
_POUND, _POUND_FORCE = 0.45359237, 4.4482216152605
_BTU, _CALORIE, _VOLT = 1055.05585262, 4.184, 1.602176565e-19
_GALLON, _IMPERIAL_GALLON = Fraction("0.003785411784"), Fraction("0.00454609")
_CUBIC_FOOT = _FOOT**3
_SI = {
    "Nano": 1e-9, "Micro": 1e-6, "Milli": 1e-3, "Centi": 1e-2, "Deci": 1e-1, "": 1.0,
    "Deca": 1e1, "Hecto": 1e2, "Kilo": 1e3, "Mega": 1e6, "Giga": 1e9, "Tera": 1e12,
}  # fmt: skip


def _scaled(unit: str, size: float, *prefixes: str) -> dict[str, float]:
    """A unit and its multiples: ``KiloJoule`` is spelled ``Kilojoule``."""
    return {
        prefix + (unit[0].lower() + unit[1:] if prefix else unit): size * _SI[prefix]
        for prefix in ("", *prefixes)
    }


ANGLES: Mapping[str, float] = {
    "Arcminute": _DEGREE / 60,
    "Arcsecond": _DEGREE / 3600,
    "Gradian": 0.9 * _DEGREE,
    "NatoMil": 360 / 6400 * _DEGREE,
    "Revolution": 360 * _DEGREE,
    **_scaled("Degree", _DEGREE, "Nano", "Micro", "Milli"),
    **_scaled("Radian", 1.0, "Nano", "Micro", "Milli", "Centi", "Deci"),
}
ENERGIES: Mapping[str, float] = {
    "DecathermEc": 1055055852.62,
    "DecathermImperial": 1055055852.57348,
    "DecathermUs": 1054804000.0,
    "Erg": 1e-7,
    "FootPound": 1.355817948,
    "HorsepowerHour": 2.6845195377e6,
    "ThermEc": 105505585.262,
    "ThermImperial": 105505585.257348,
    "ThermUs": 105480400.0,
    **_scaled("BritishThermalUnit", _BTU, "Kilo", "Mega", "Giga"),
    **_scaled("Calorie", _CALORIE, "Kilo", "Mega"),
    **_scaled("ElectronVolt", _VOLT, "Kilo", "Mega", "Giga", "Tera"),
    **_scaled("Joule", 1.0, "Milli", "Kilo", "Mega", "Giga"),
    **_scaled("WattDay", 86400.0, "Kilo", "Mega", "Giga", "Tera"),
    **_scaled("WattHour", 3600.0, "Kilo", "Mega", "Giga", "Tera"),
}
FORCES: Mapping[str, float] = {
    "Dyn": 1e-5,
    "KiloPond": 9.80665,
    "KilogramForce": 9.80665,
    "KilopoundForce": _POUND_FORCE * 1000,
    "OunceForce": _POUND_FORCE / 16,
    "PoundForce": _POUND_FORCE,
    "Poundal": 0.138254954376,
    "ShortTonForce": _POUND_FORCE * 2000,
    "TonneForce": 9806.65,
    **_scaled("Newton", 1.0, "Micro", "Milli", "Deca", "Kilo", "Mega"),
}
LENGTHS: Mapping[str, float] = {
    "Angstrom": 1e-10,
    "AstronomicalUnit": 1.49597870700e11,
    "Chain": 20.1168,
    "DataMile": 1828.8,
    "DtpPica": 0.0254 / 6,
    "DtpPoint": 0.0254 / 72,
    "Fathom": 1.8288,
    "Foot": 0.3048,
    "Hand": 0.1016,
    "Inch": 0.0254,
    "KilolightYear": 9.46073047258e18,
    "LightYear": 9.46073047258e15,
    "MegalightYear": 9.46073047258e21,
    "Microinch": 0.0254e-6,
    "Mil": 0.0254e-3,
    "Mile": 1609.344,
    "NauticalMile": 1852.0,
    "PrinterPoint": 0.0254 / 72.27,
    "Shackle": 27.432,
    "Twip": 0.0254 / 1440,
    "UsSurveyFoot": float(_SURVEY_FOOT),
    "Yard": 0.9144,
    **_scaled("Meter", 1.0, "Nano", "Micro", "Milli", "Centi", "Deci", "Deca", "Hecto", "Kilo"),
    **_scaled("Parsec", 3.08567758128e16, "Kilo", "Mega"),
}
MASSES: Mapping[str, float] = {
    "Grain": _POUND / 7000,
    "LongHundredweight": _POUND * 112,
    "LongTon": _POUND * 2240,
    "Ounce": _POUND / 16,
    "ShortHundredweight": _POUND * 100,
    "ShortTon": _POUND * 2000,
    "Slug": _POUND * 9.80665 / 0.3048,
    "Stone": _POUND * 14,
    **_scaled("Gram", 1e-3, "Nano", "Micro", "Milli", "Centi", "Deci", "Deca", "Hecto", "Kilo"),
    **_scaled("Pound", _POUND, "Kilo", "Mega"),
    **_scaled("Tonne", 1000.0, "Kilo", "Mega"),
}
_PERIODS = {"Second": 1, "Minute": 60, "Hour": 3600}
_PATHS: Mapping[str, float | Fraction] = {
    "CentimeterPer": 0.01, "DecimeterPer": 0.1, "FootPer": 0.3048, "InchPer": 0.0254,
    "KilometerPer": 1000.0, "MeterPer": 1.0, "MicrometerPer": 1e-6, "MilePer": 1609.344,
    "MillimeterPer": 1e-3, "NanometerPer": 1e-9, "UsSurveyFootPer": _SURVEY_FOOT, "YardPer": 0.9144,
}  # fmt: skip
SPEEDS: Mapping[str, float] = {
    "Knot": 1852 / 3600,
    **{
        path + period: float(size / seconds)
        for path, size in _PATHS.items()
        for period, seconds in _PERIODS.items()
    },
}
#: Of a degree: its size in kelvins, and the kelvins at its zero.
TEMPERATURES: Mapping[str, tuple[float, float]] = {
    "DegreeCelsius": (1.0, 273.15),
    "DegreeDelisle": (-2 / 3, 373.15),
    "DegreeFahrenheit": (5 / 9, 459.67 * 5 / 9),
    "DegreeNewton": (100 / 33, 273.15),
    "DegreeRankine": (5 / 9, 0.0),
    "DegreeReaumur": (1.25, 273.15),
    "DegreeRoemer": (40 / 21, 273.15 - 7.5 * 40 / 21),
    "Kelvin": (1.0, 0.0),
    "MillidegreeCelsius": (1e-3, 273.15),
}
_VOLUMES: Mapping[str, Fraction] = {
    # The library of the service rounds this one.
    "AcreFoot": 1 / Fraction("0.000810714"),
    "AuTablespoon": Fraction("0.00002"),
    "BoardFoot": _CUBIC_FOOT / 12,
    "CubicFoot": _CUBIC_FOOT,
    "CubicInch": _CUBIC_FOOT / 1728,
    "CubicMile": _CUBIC_FOOT * 5280**3,
    "CubicYard": _CUBIC_FOOT * 27,
    "HectocubicFoot": _CUBIC_FOOT * 100,
    "KilocubicFoot": _CUBIC_FOOT * 1000,
    "MegacubicFoot": _CUBIC_FOOT * 10**6,
    "CubicCentimeter": Fraction(1, 10**6),
    "CubicDecimeter": Fraction(1, 1000),
    "CubicHectometer": Fraction(10**6),
    "CubicKilometer": Fraction(10**9),
    "CubicMeter": Fraction(1),
    "CubicMicrometer": Fraction(1, 10**18),
    "CubicMillimeter": Fraction(1, 10**9),
    "HectocubicMeter": Fraction(100),
    "KilocubicMeter": Fraction(1000),
    "Centiliter": Fraction(1, 10**5),
    "Decaliter": Fraction(1, 100),
    "Deciliter": Fraction(1, 10**4),
    "Hectoliter": Fraction(1, 10),
    "Kiloliter": Fraction(1),
    "Liter": Fraction(1, 1000),
    "Megaliter": Fraction(1000),
    "Microliter": Fraction(1, 10**9),
    "Milliliter": Fraction(1, 10**6),
    "UsGallon": _GALLON,
    "DecausGallon": _GALLON * 10,
    "DeciusGallon": _GALLON / 10,
    "HectousGallon": _GALLON * 100,
    "KilousGallon": _GALLON * 1000,
    "MegausGallon": _GALLON * 10**6,
    "ImperialGallon": _IMPERIAL_GALLON,
    "KiloimperialGallon": _IMPERIAL_GALLON * 1000,
    "MegaimperialGallon": _IMPERIAL_GALLON * 10**6,
    "ImperialBeerBarrel": _IMPERIAL_GALLON * 36,
    "ImperialOunce": _IMPERIAL_GALLON / 160,
    "ImperialPint": _IMPERIAL_GALLON / 8,
    "MetricCup": Fraction("0.00025"),
    "MetricTeaspoon": Fraction("0.000005"),
    "OilBarrel": _GALLON * 42,
    "UkTablespoon": Fraction("0.000015"),
    "UsBeerBarrel": _GALLON * 31,
    "UsCustomaryCup": _GALLON / 16,
    "UsLegalCup": Fraction("0.00024"),
    "UsOunce": _GALLON / 128,
    "UsPint": _GALLON / 8,
    "UsQuart": _GALLON / 4,
    "UsTablespoon": _GALLON / 256,
    "UsTeaspoon": _GALLON / 768,
}
VOLUMES: Mapping[str, float] = {name: float(size) for name, size in _VOLUMES.items()}

#: Units of the documentation of which it does not say how large they are.
UNDOCUMENTED = frozenset(
    {"EarthMass", "PrinterPica", "SolarMass", "SolarRadius", "SolarTemperature", "Tilt"}
)
_BYTES = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def _units(call: Call) -> tuple[str, str]:
    names = call.text(1), call.text(2)
    for name in names:
        if name in UNDOCUMENTED:
            call.refuse(f"the size of {name} is not documented")
    return names


def _by_size(sizes: Mapping[str, float]) -> Function:
    def build(call: Call) -> Value:
        unit, target = _units(call)
        if unit not in sizes or target not in sizes:
            return values.null("real")
        number = call.converted(0, "real").sql
        # In this order no digit is lost where one of the two is the base.
        return Value(f"({number} * {sizes[unit]!r}::DOUBLE / {sizes[target]!r}::DOUBLE)", "real")

    return Function(build)


def _temperature(call: Call) -> Value:
    unit, target = _units(call)
    if unit not in TEMPERATURES or target not in TEMPERATURES:
        return values.null("real")
    (size, zero), (by, start) = TEMPERATURES[unit], TEMPERATURES[target]
    kelvins = f"{call.converted(0, 'real').sql} * {size!r}::DOUBLE + {zero!r}::DOUBLE"
    return Value(f"(({kelvins} - {start!r}::DOUBLE) / {by!r}::DOUBLE)", "real")


def _format_bytes(call: Call) -> Value:
    size = call.converted(0, "real").sql
    digits = call.converted(1, "long").sql if len(call) > 1 else "0"
    unit = call.text(2) if len(call) > 2 else ""
    if unit and unit not in _BYTES:
        call.refuse(f"the unit {unit}")
    power = str(_BYTES.index(unit)) if unit else f"kql.bytes_power({size}, {len(_BYTES) - 1})"
    return Value(f"kql.bytes_text({size}, {power}, {digits})", "string")


FUNCTIONS: Mapping[str, Function] = {
    "convert_angle": _by_size(ANGLES),
    "convert_energy": _by_size(ENERGIES),
    "convert_force": _by_size(FORCES),
    "convert_length": _by_size(LENGTHS),
    "convert_mass": _by_size(MASSES),
    "convert_speed": _by_size(SPEEDS),
    "convert_temperature": Function(_temperature),
    "convert_volume": _by_size(VOLUMES),
    "format_bytes": Function(_format_bytes),
}
