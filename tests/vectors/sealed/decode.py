#!/usr/bin/env python3
"""A second implementation of docs/formats/sealed-object.md, written from that page alone.

It shares no code with the gateway. With no argument it checks every vector
beside it; `open` decodes a stored blob, which needs its data key; `write`
wrote the vectors once (they are fixed now: new bytes need a new format).

    decode.py
    decode.py open BLOB --algorithm 1 --data-key HEX --write-id HEX --salt HEX --commitment HEX
    decode.py write

Needs the `cryptography` package (44 or newer, for SM4-GCM).
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SEGMENT, TAG, HERE = 65536, 16, pathlib.Path(__file__).parent
CIPHERS = {1: (algorithms.AES, 32), 2: (algorithms.SM4, 16)}


class Refused(Exception):
    pass


def canonical(*fields):
    """Section "Canonical encoding": bytes as they are, numbers as eight bytes."""
    raw = [f.to_bytes(8, "big") if isinstance(f, int) else f for f in fields]
    return b"".join(len(f).to_bytes(4, "big") + f for f in raw)


def hkdf(data_key, salt, info, length):
    """RFC 5869 with SHA-256, for outputs of one block."""
    prk = hmac.digest(salt, data_key, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")[:length]


def keys(algorithm, data_key, write_id, salt):
    claims = (1, algorithm, write_id)
    key = hkdf(data_key, salt, canonical(b"sealgate/blob-key/1", *claims), CIPHERS[algorithm][1])
    commitment = hkdf(data_key, salt, canonical(b"sealgate/blob-commitment/1", *claims), 32)
    return key, commitment


def nonce(index, last):
    return bytes(7) + index.to_bytes(4, "big") + bytes([last])


def seal_segment(algorithm, key, index, last, plain):
    gcm = Cipher(CIPHERS[algorithm][0](key), modes.GCM(nonce(index, last))).encryptor()
    return gcm.update(plain) + gcm.finalize() + gcm.tag


def open_segment(algorithm, key, index, last, sealed):
    text, tag = sealed[:-TAG], sealed[-TAG:]
    gcm = Cipher(CIPHERS[algorithm][0](key), modes.GCM(nonce(index, last), tag)).decryptor()
    try:
        return gcm.update(text) + gcm.finalize()
    except InvalidTag:
        raise Refused("tampered") from None


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)] or [b""]


def seal(algorithm, key, plain):
    parts = cut(plain, SEGMENT)
    return b"".join(
        seal_segment(algorithm, key, i, i == len(parts) - 1, part) for i, part in enumerate(parts)
    )


def open_blob(algorithm, data_key, write_id, salt, commitment, plain_len, sealed):
    key, expected = keys(algorithm, data_key, write_id, salt)
    if not hmac.compare_digest(expected, commitment):
        raise Refused("tampered")
    segments = max(1, -(-plain_len // SEGMENT))
    if len(sealed) < plain_len + segments * TAG:
        raise Refused("truncated")
    parts = cut(sealed, SEGMENT + TAG)
    if len(sealed) != plain_len + segments * TAG:
        raise Refused("tampered")
    last = len(parts) - 1
    return b"".join(open_segment(algorithm, key, i, i == last, p) for i, p in enumerate(parts))


def pattern(length):
    """The plaintext of every vector: byte i is (i * 31 + i // 256) mod 256."""
    return bytes((i * 31 + i // 256) % 256 for i in range(length))


def change(sealed, how):
    """What an attacker does to the blob of a negative vector."""
    parts = cut(sealed, SEGMENT + TAG)
    if "flip_bit" in how:
        data = bytearray(sealed)
        data[how["flip_bit"] // 8] ^= 1 << (how["flip_bit"] % 8)
        return bytes(data)
    if "cut_to" in how:
        return sealed[: how["cut_to"]]
    if "swap_segments" in how:
        a, b = how["swap_segments"]
        parts[a], parts[b] = parts[b], parts[a]
        return b"".join(parts)
    if "replay_segment" in how:
        a, b = how["replay_segment"]
        parts[b] = parts[a]
        return b"".join(parts)
    if "replace_by" in how:
        return bytes.fromhex(how["replace_by"])
    return sealed


def check(path):
    vector = json.loads(path.read_text())
    write = {k: bytes.fromhex(v) for k, v in vector["written"].items() if isinstance(v, str)}
    algorithm, length = vector["written"]["algorithm"], vector["written"]["plain_len"]
    key, commitment = keys(algorithm, write["data_key"], write["write_id"], write["salt"])
    sealed = seal(algorithm, key, pattern(length))
    assert commitment == write["commitment"], "commitment"
    assert hashlib.sha256(sealed).digest() == write["sealed_sha256"], "sealed bytes"
    assert len(sealed) == vector["written"]["sealed_len"], "sealed length"
    read = {**vector["written"], **vector.get("read_as", {})}
    claims = [bytes.fromhex(read[k]) for k in ("data_key", "write_id", "salt", "commitment")]
    stored = change(sealed, vector.get("change", {}))
    try:
        opened = open_blob(read["algorithm"], *claims, read["plain_len"], stored)
        result = "opens" if opened == pattern(length) else "opened to other bytes"
    except Refused as refusal:
        result = str(refusal)
    assert result == vector["expect"], f"expected {vector['expect']}, got {result}"


def check_record(path):
    vector = json.loads(path.read_text())
    assert encode_record(vector["kind"], vector["record"]).hex() == vector["encoded"], path.name


def written(algorithm, length):
    data_key, write_id = bytes(range(0x40, 0x60)), bytes(range(0x10, 0x20))
    salt = bytes(range(0x80, 0xA0))
    key, commitment = keys(algorithm, data_key, write_id, salt)
    sealed = seal(algorithm, key, pattern(length))
    return {
        "algorithm": algorithm, "plain_len": length,
        "data_key": data_key.hex(), "write_id": write_id.hex(), "salt": salt.hex(),
        "commitment": commitment.hex(), "sealed_len": len(sealed),
        "sealed_sha256": hashlib.sha256(sealed).hexdigest(), "last_tag": sealed[-TAG:].hex(),
    }


def big(number, length):
    return number.to_bytes(length, "big")


def encode_record(kind, r):
    """Sections "Envelope", "Manifest" and "Row MAC"."""
    raw = {k: bytes.fromhex(v) for k, v in r.items() if k.endswith("_hex")}
    if kind == "envelope":
        key_id = r["key_id"].encode()
        wrapped = raw["wrapped_key_hex"]
        return (
            bytes([1, r["algorithm"], r["mode"]]) + raw["write_id_hex"] + big(len(key_id), 2) + key_id
            + big(r["key_version"], 4) + big(len(wrapped), 2) + wrapped
        )
    if kind == "manifest":
        out = b"\x01" + big(len(r["parts"]), 4)
        for part in r["parts"]:
            names = ("blob", "salt", "commitment", "etag_md5", "checksum")
            blob, salt, commitment, md5, checksum = (bytes.fromhex(part[n]) for n in names)
            out += big(part["number"], 4) + blob + big(part["plain_len"], 8) + salt + commitment + md5
            out += bytes([part["checksum_kind"], len(checksum)]) + checksum
        return out
    fields = (
        b"sealgate/row/1", raw["bucket_id_hex"], raw["object_key_hex"], raw["write_id_hex"], r["mode"],
        raw["envelope_hex"], raw["manifest_hex"], r["plain_len"], r["etag"].encode(),
    )
    return hmac.digest(raw["service_key_hex"], canonical(*fields), "sha256")


def write_records():
    def put(name, kind, **record):
        encoded = encode_record(kind, record)
        vector = {"kind": kind, "record": record, "encoded": encoded.hex()}
        (HERE / f"record-{name}.json").write_text(json.dumps(vector, indent=2) + "\n")
        return encoded.hex()

    write_id = bytes(range(0x10, 0x20)).hex()
    kms = put("envelope-kms", "envelope", algorithm=1, mode=1, write_id_hex=write_id,
        key_id="0b5a1d2c-91d5-4f0e-8f5f-2f6a0a2f9a11", key_version=3, wrapped_key_hex="c0ffee" * 20)
    put("envelope-none", "envelope", algorithm=2, mode=3, write_id_hex=write_id,
        key_id="", key_version=0, wrapped_key_hex="ab" * 60)
    parts = [
        {"number": n, "blob": f"{n:02x}" * 16, "plain_len": size, "salt": f"{n + 1:02x}" * 32,
         "commitment": f"{n + 2:02x}" * 32, "etag_md5": f"{n + 3:02x}" * 16,
         "checksum_kind": kind, "checksum": f"{n + 4:02x}" * length}
        for n, size, kind, length in ((1, 5 << 20, 0, 0), (2, 5 << 20, 1, 4), (7, 123, 5, 32))
    ]
    manifest = put("manifest", "manifest", parts=parts)
    put("row-mac", "row", service_key_hex="5a" * 32, bucket_id_hex="00" * 15 + "09",
        object_key_hex="photos/été.jpg".encode().hex(), write_id_hex=write_id, mode=1,
        envelope_hex=kms, manifest_hex=manifest, plain_len=(10 << 20) + 123,
        etag="9b2cf535f27731c974343645a3985328-3")


def write_vectors():
    write_records()

    def put(name, **vector):
        (HERE / f"{name}.json").write_text(json.dumps(vector, indent=2) + "\n")

    for number, name in ((1, "aes256"), (2, "sm4")):
        for size in (0, 1, 65535, 65536, 65537, 3 * SEGMENT):
            put(f"{name}-{size}", written=written(number, size), expect="opens")
    three, small = written(1, 3 * SEGMENT), written(1, 100)
    key, _ = keys(1, *(bytes.fromhex(small[k]) for k in ("data_key", "write_id", "salt")))
    unmarked = seal_segment(1, key, 0, False, pattern(100)).hex()
    bad = lambda name, base, expect="tampered", **more: put(f"bad-{name}", written=base, **more, expect=expect)
    bad("flipped-bit", three, change={"flip_bit": 8 * 70000 + 3})
    bad("flipped-tag-bit", three, change={"flip_bit": 8 * 65536})
    bad("truncated", three, "truncated", change={"cut_to": three["sealed_len"] - 1})
    bad("truncated-at-a-segment", three, "truncated", change={"cut_to": 2 * (SEGMENT + TAG)})
    bad("truncated-with-its-length", three, change={"cut_to": 2 * (SEGMENT + TAG)}, read_as={"plain_len": 2 * SEGMENT})
    bad("swapped-segments", three, change={"swap_segments": [0, 1]})
    bad("replayed-segment", three, change={"replay_segment": [0, 1]})
    bad("last-flag-missing", small, change={"replace_by": unmarked})
    bad("wrong-salt", small, read_as={"salt": "00" * 32})
    bad("wrong-write-id", small, read_as={"write_id": "00" * 16})
    bad("wrong-commitment", small, read_as={"commitment": "00" * 32})
    bad("wrong-data-key", small, read_as={"data_key": "00" * 32})
    bad("wrong-algorithm", small, read_as={"algorithm": 2})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", nargs="?", default="check", choices=["check", "open", "write"])
    parser.add_argument("blob", nargs="?", type=pathlib.Path)
    parser.add_argument("--algorithm", type=int, default=1)
    for name in ("data-key", "write-id", "salt", "commitment"):
        parser.add_argument(f"--{name}", type=bytes.fromhex)
    args = parser.parse_args()
    if args.verb == "write":
        return write_vectors()
    if args.verb == "open":
        sealed = args.blob.read_bytes()
        plain_len = len(sealed) - TAG * -(-len(sealed) // (SEGMENT + TAG))
        claims = (args.data_key, args.write_id, args.salt, args.commitment)
        sys.stdout.buffer.write(open_blob(args.algorithm, *claims, plain_len, sealed))
        return None
    vectors = sorted(HERE.glob("*.json"))
    for path in vectors:
        check_record(path) if path.name.startswith("record-") else check(path)
        print("ok", path.stem)
    return None if vectors else sys.exit("no vectors found")


if __name__ == "__main__":
    main()
