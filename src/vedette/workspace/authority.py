"""A certificate authority of this machine alone, and the certificate of the served workspace.

The trap: whoever trusts the authority trusts all that its key signs. Its certificate is limited to
the names of the loopback, so that even one who stole the key could pose as no other host.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vedette.errors import UsageError

CERTIFICATE, KEY = "ca.pem", "ca-key.pem"
_CHAIN = "server.pem"
_AUTHORITY_DAYS, _SERVER_DAYS = timedelta(days=825), timedelta(days=90)
#: Clocks differ a little, and a certificate of the future is refused.
_BEFORE = timedelta(hours=1)
_NAMES: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)
_PERMITTED: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_network("127.0.0.1/32")),
    x509.IPAddress(ipaddress.ip_network("::1/128")),
)


def server_context(folder: Path, now: datetime) -> ssl.SSLContext:
    """What a server needs to speak TLS; ``folder`` keeps the authority and gets it if it has none.

    Clients trust ``folder/ca.pem``. ``now`` is real time, from which certificates are valid. Raises
    UsageError if the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = _authority(folder, now)
        server_key = ec.generate_private_key(ec.SECP256R1())
        server = _server_certificate(certificate, key, server_key, now)
        chain = folder / _CHAIN
        # Python reads certificates and keys from files only.
        _write_secret(chain, _pem(server_key) + _text(server) + _text(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(chain)
        chain.unlink()
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder} cannot hold a certificate authority: {error}") from error
    return context


def client_context(certificate: Path) -> ssl.SSLContext:
    """What a client needs to trust the authority of ``certificate``, and nobody else."""
    try:
        return ssl.create_default_context(cafile=certificate)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{certificate} is no certificate: {error}") from error


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority that the folder has, or a new one where it is missing or nearly over."""
    here, secret = folder / CERTIFICATE, folder / KEY
    if here.exists() and secret.exists():
        certificate = x509.load_pem_x509_certificate(here.read_bytes())
        key = serialization.load_pem_private_key(secret.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{secret.name} is no key of an authority that was made here")
        if certificate.not_valid_after_utc > now + _SERVER_DAYS:
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _authority_certificate(key, now)
    _write_secret(secret, _pem(key))
    here.write_bytes(_text(certificate))
    return certificate, key


def _authority_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vedette local workspace")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(now, _AUTHORITY_DAYS, name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_PERMITTED, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(now, _SERVER_DAYS, authority.subject, name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(signer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    now: datetime,
    length: timedelta,
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    start = now.astimezone(UTC) - _BEFORE
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + length)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _text(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_secret(path: Path, data: bytes) -> None:
    """Write a file that from its first byte on nobody else may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
