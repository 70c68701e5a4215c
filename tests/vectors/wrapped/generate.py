#!/usr/bin/env python3
"""Writes the vectors of docs/formats/wrapped-key.md, beside this file.

An implementation of its own, on pyca/cryptography: it shares no code with the
Rust one, so that both can only agree by following the document.
"""

import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ALGORITHMS = {"AES-256-GCM": 1, "SM4-GCM": 2}
PURPOSES = {"object": 1, "api": 2, "key-material": 3, "secret": 4, "service-key": 5}


def field(value):
    return struct.pack(">I", len(value)) + value


def canonical(label, *fields):
    return b"".join(field(f) for f in (label.encode(), *fields))


def number(value):
    return struct.pack(">Q", value)


def pairs(mapping):
    ordered = sorted((n.encode(), v.encode()) for n, v in mapping.items())
    return [number(len(ordered)), *(part for pair in ordered for part in pair)]


def context_fields(c):
    match c["purpose"]:
        case "object":
            return [
                number(c["data_format"]),
                number(ALGORITHMS[c["data_algorithm"]]),
                bytes.fromhex(c["bucket_id"]),
                bytes.fromhex(c["object_key"]),
                bytes.fromhex(c["write_id"]),
                *pairs(c["client_context"]),
            ]
        case "api":
            return pairs(c["encryption_context"])
        case "key-material":
            return [bytes.fromhex(c["key_id"]), number(c["key_version"]), c["spec"].encode()]
        case "secret":
            return [c["table"].encode(), c["row"].encode(), c["column"].encode()]
        case "service-key":
            return [c["name"].encode(), bytes.fromhex(c["key_id"]), number(c["key_version"])]


def wrap(v):
    c = v["context"]
    header = bytes([1, ALGORITHMS[v["algorithm"]], PURPOSES[c["purpose"]]])
    header += bytes.fromhex(v["key_id"]) + struct.pack(">I", v["key_version"])
    salt = bytes.fromhex(v["salt"])
    message = canonical("sealgate/wrap/1", header, salt)
    once = hmac.digest(bytes.fromhex(v["material"]), message, hashlib.sha256)
    if v["algorithm"] == "AES-256-GCM":
        cipher = algorithms.AES(once)
    else:
        cipher = algorithms.SM4(once[:16])
    sealer = Cipher(cipher, modes.GCM(bytes(12))).encryptor()
    sealer.authenticate_additional_data(
        canonical("sealgate/wrap-aad/1", header, *context_fields(c))
    )
    sealed = sealer.update(bytes.fromhex(v["plaintext"])) + sealer.finalize()
    return (header + salt + sealed + sealer.tag).hex()


OBJECT = {
    "purpose": "object",
    "data_format": 1,
    "data_algorithm": "AES-256-GCM",
    "bucket_id": b"bucket-7f".hex(),
    "object_key": b"photos/\xff\x00odd".hex(),
    "write_id": bytes(range(16)).hex(),
    "client_context": {"team": "red", "a": "", "é": "ü"},
}
KEY_ID = "00112233445566778899aabbccddeeff"
CASES = {
    "object-aes": ("AES-256-GCM", 1, OBJECT, bytes(range(32))),
    "object-sm4": ("SM4-GCM", 3, OBJECT | {"data_algorithm": "SM4-GCM"}, bytes(16)),
    "api-empty": ("AES-256-GCM", 2, {"purpose": "api", "encryption_context": {}}, b""),
    "api-longest": (
        "AES-256-GCM",
        4294967295,
        {"purpose": "api", "encryption_context": {"k": "v"}},
        bytes(i % 251 for i in range(4096)),
    ),
    "key-material": (
        "AES-256-GCM",
        1,
        {
            "purpose": "key-material",
            "key_id": "0f" * 16,
            "key_version": 2,
            "spec": "AES_256",
        },
        b"\xa5" * 32,
    ),
    "secret": (
        "AES-256-GCM",
        1,
        {"purpose": "secret", "table": "access_key", "row": "AKIA1", "column": "secret"},
        b"wJalrXUtnFEMI/K7MDENG",
    ),
    "service-key": (
        "AES-256-GCM",
        1,
        {"purpose": "service-key", "name": "object", "key_id": "f0" * 16, "key_version": 1},
        b"\x5a" * 32,
    ),
}


def seeded(text):
    return hashlib.sha256(text.encode()).digest()


def chain():
    """A root, the service keys below it, and what they wrapped."""
    root_id = "6f2a1c300000400080000123456789ab"
    root = seeded("root")
    question = canonical("sealgate/root-check/1", bytes.fromhex(root_id), number(1))

    def under(material, key_id, context, plaintext, salt):
        return wrap(
            {
                "material": material.hex(),
                "key_id": key_id,
                "key_version": 1,
                "algorithm": "AES-256-GCM",
                "salt": seeded(salt).hex(),
                "context": context,
                "plaintext": plaintext.hex(),
            }
        )

    keys = {}
    for purpose in ("object", "row", "audit", "secret"):
        key_id = seeded("id " + purpose)[:16].hex()
        place = {"purpose": "service-key", "name": purpose, "key_id": key_id, "key_version": 1}
        wrapped = under(root, root_id, place, seeded("key " + purpose), purpose)
        keys[purpose] = {"id": key_id, "version": 1, "wrapped": wrapped}
    label = canonical("sealgate/account-object-key/1", b"123456789012")
    own = hmac.digest(seeded("key object"), label, hashlib.sha256)
    secret = CASES["secret"][2]
    return {
        "root_id": root_id,
        "root_secret": root.hex(),
        "root_check": hmac.digest(root, question, hashlib.sha256).hex(),
        "service_keys": keys,
        "account": "123456789012",
        "account_context": CASES["api-empty"][2],
        "account_blob": under(
            own, keys["object"]["id"], CASES["api-empty"][2], b"data key", "account"
        ),
        "secret_context": secret,
        "secret_blob": under(
            seeded("key secret"), keys["secret"]["id"], secret, b"secret key", "sealed"
        ),
    }


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


here = pathlib.Path(__file__).parent
write(here / "chain" / "chain.json", chain())
for name, (algorithm, version, context, plaintext) in CASES.items():
    vector = {
        "material": hashlib.sha256(b"material " + name.encode()).hexdigest(),
        "key_id": KEY_ID,
        "key_version": version,
        "algorithm": algorithm,
        "salt": hashlib.sha256(b"salt " + name.encode()).hexdigest(),
        "context": context,
        "plaintext": plaintext.hex(),
    }
    vector["blob"] = wrap(vector)
    write(here / f"{name}.json", vector)
