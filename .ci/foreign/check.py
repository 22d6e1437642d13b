"""Reads the vectors of the specification with implementations that nobody here wrote.

`cwt` (COSE over `cryptography`) verifies the signature of every good record and of every good charter's inner
signatures; `aics-tlog` (C2SP) verifies every good checkpoint, cosignature, inclusion and consistency proof; both together
verify each link of every good bundle. Bad vectors must be refused where the fault is one that these implementations can
see. Where our rule is stricter than theirs, the case is listed below and must then be accepted by them, so that the list
stays true.

Prints how many passed and failed; exits with 1 on a failure, and when nothing was checked.
"""

import sys
from pathlib import Path

import aics_tlog
import cbor2
from cwt import COSE, COSEKey

RECORDS = ["record", "charter", "manifest", "certificate", "credential", "edition", "pulse"]

# Refusals of records that any COSE implementation shares; the others are rules of our profile and of the kinds.
COSE_REASONS = {"signature", "signature-length"}

# What C2SP permits and we do not.
STRICTER = {
    "checkpoint/extension-line": "extension lines are permitted, nobody here would audit them",
    "checkpoint/origin-of-another-net": "an origin is any name",
    "checkpoint/origin-without-epoch": "an origin is any name",
    "checkpoint/origin-epoch-padded": "an origin is any name",
    "checkpoint/origin-foreign": "an origin is any name",
    "checkpoint/size-zero": "an empty log may sign",
    "checkpoint/size-too-large": "sizes are unbounded",
    "checkpoint/no-final-newline": "the last line feed may be missing in this implementation",
}

# Bundles with a link that is cut where foreign code sees it; the others fail by time, policy or charter.
BROKEN_LINKS = {f"bundle/{name}" for name in ["another-epoch", "another-index", "another-size", "changed-path", "short-path"]}

# Good bundles with one cosignature that does not hold and that the quorum does not need.
BAD_SURPLUS = {("bundle/surplus-witness", 3)}

CURVE_ED25519 = 6
ALGORITHM_ED25519 = -19
CHARTER_KIND = 65000


class Vector:
    """One file: a header of `name: value` lines, an empty line, hex."""

    def __init__(self, path):
        header, _, body = path.read_text().partition("\n\n")
        self.name = f"{path.parent.name}/{path.stem}"
        self.header = dict(line.split(":", 1) for line in header.splitlines())
        self.header = {name: value.strip() for name, value in self.header.items()}
        self.bytes = bytes.fromhex(body)
        self.good = self.header["expect"] == "ok"

    def number(self, name):
        return int(self.header[name])

    def hex(self, name):
        return bytes.fromhex(self.header[name])

    def hashes(self):
        if len(self.bytes) % 32:
            raise ValueError("half a hash")
        return [self.bytes[at : at + 32] for at in range(0, len(self.bytes), 32)]


# Records


def cose_accepts(sign1, public):
    """Whether cwt verifies the record's signature with this key."""
    kid = cbor2.loads(cbor2.loads(sign1).value[0]).get(4, b"any")
    key = COSEKey.new({1: 1, 2: kid, 3: ALGORITHM_ED25519, -1: CURVE_ED25519, -2: public})
    try:
        COSE.new().decode(sign1, key)
        return True
    except Exception:  # cwt raises its own, and those of its parts
        return False


def inner_signatures(record):
    """Each inner signature of a charter, repackaged as the ordinary COSE_Sign1 that it is, with its key."""
    payload = cbor2.loads(cbor2.loads(record).value[2])
    body = cbor2.loads(payload[2])
    keys = body[7] + [role[0] for role in body[11]]
    named = {aics_tlog.hashing.sha256(key)[:8]: key for key in keys}
    protected = cbor2.dumps({1: ALGORITHM_ED25519, 16: CHARTER_KIND}, canonical=True)
    for kid, signature in payload[3]:
        if kid not in named:  # whose signature it is, the charter does not say; that is for the reader of chains
            continue
        yield cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload[2], signature])), named[kid]


def check_record(vector):
    if "key" not in vector.header:
        return
    public = vector.hex("key")
    if vector.good:
        yield vector.name, cose_accepts(vector.bytes, public)
        yield f"{vector.name}, one bit changed", not cose_accepts(flipped(vector.bytes), public)
    elif vector.header["reason"] in COSE_REASONS:
        yield vector.name, not cose_accepts(vector.bytes, public)


def check_charter(vector):
    yield from check_record(vector)
    if not vector.good:
        return
    for number, (sign1, public) in enumerate(inner_signatures(vector.bytes)):
        yield f"{vector.name}, signature {number}", cose_accepts(sign1, public)
        yield f"{vector.name}, signature {number} with one bit changed", not cose_accepts(flipped(sign1), public)


def flipped(sign1):
    """The record with one bit of its signature, the last of its bytes, changed."""
    return sign1[:-40] + bytes([sign1[-40] ^ 1]) + sign1[-39:]


# Logs


def note_accepts(vector, witness):
    try:
        note = aics_tlog.parse_note(vector.bytes)
        origin = note.text.split("\n", 1)[0]
        log_key = aics_tlog.vkey_from_ed25519(origin, vector.hex("log_key"))
        if witness:
            cosigner = aics_tlog.cosignature_vkey(vector.header["witness"], vector.hex("witness_key"))
            return aics_tlog.verify_checkpoint(note, log_key, [cosigner], 1).ok
        return aics_tlog.verify_checkpoint(note, log_key).ok
    except ValueError:
        return False


def inclusion_accepts(vector):
    try:
        path = vector.hashes()
    except ValueError:
        return False
    numbers = vector.number("index"), vector.number("size")
    return aics_tlog.verify_inclusion(vector.hex("leaf"), *numbers, path, vector.hex("root"))


def consistency_accepts(vector):
    try:
        path = vector.hashes()
    except ValueError:
        return False
    sizes = vector.number("old_size"), vector.number("new_size")
    return aics_tlog.verify_consistency(*sizes, vector.hex("old_root"), vector.hex("new_root"), path)


# Bundles


def climbed(leaf, index, size, path):
    """The root that an inclusion path leads to, as RFC 9162 §2.1.3.2 climbs; the receipt does not repeat it."""
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if place & 1 or place == last:
            root = aics_tlog.node_hash(sibling, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = aics_tlog.node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root


def charter_body(record):
    return cbor2.loads(cbor2.loads(cbor2.loads(record).value[2])[2])


def key_of(body, duty):
    return next(role[0] for role in body[11] if role[1] == duty)


def bundle_links(vector):
    """Each link from the record to its witnesses, by foreign code: the record's signature by a key of the charter, its
    place in the log, the log's signature, every cosignature."""
    _, record, receipt, chains = cbor2.loads(vector.bytes)
    protected = cbor2.loads(cbor2.loads(record).value[0])
    bodies = {hub: [charter_body(charter) for charter in charters] for hub, charters in chains}
    epoch, number, size, index, path, signature, cosignatures = receipt
    hub, issuer = protected[15][1], bodies[protected[15][1]][number]
    signer = next(role[0] for role in issuer[11] if aics_tlog.hashing.sha256(role[0])[:8] == protected[4])
    yield cose_accepts(record, signer)
    leaf = aics_tlog.leaf_hash(record)
    root = climbed(leaf, index, size, path)
    yield aics_tlog.verify_inclusion(leaf, index, size, path, root)
    origin = f"ewtp/{issuer[1]}/{hub}/{epoch}"
    log_key = aics_tlog.vkey_from_ed25519(origin, key_of(issuer, 0))
    line = aics_tlog.SignatureLine(origin, log_key.key_id, signature)
    note = aics_tlog.Note(aics_tlog.Checkpoint(origin, size, root).text(), (line,))
    yield aics_tlog.verify_checkpoint(note, log_key).ok
    for witness, time, cosignature in cosignatures:
        name, key = f"ewtp/{issuer[1]}/{witness}", key_of(bodies[witness][-1], 1)
        blob = time.to_bytes(8, "big") + cosignature
        yield aics_tlog.verify_cosignature(blob, name, key, origin, size, root)


def check_bundle(vector):
    if vector.good and cbor2.loads(vector.bytes)[2] is not None:
        for number, holds in enumerate(bundle_links(vector)):
            yield f"{vector.name}, link {number}", holds == ((vector.name, number) not in BAD_SURPLUS)
    elif vector.name in BROKEN_LINKS:
        yield vector.name, not all(bundle_links(vector))


def checked(accepts):
    def check(vector):
        expected = vector.good or vector.name in STRICTER
        yield vector.name, accepts(vector) == expected

    return check


CHECKS = {
    **{kind: check_record for kind in RECORDS},
    "charter": check_charter,
    "checkpoint": checked(lambda vector: note_accepts(vector, witness=False)),
    "cosignature": checked(lambda vector: note_accepts(vector, witness=True)),
    "inclusion": checked(inclusion_accepts),
    "consistency": checked(consistency_accepts),
    "bundle": check_bundle,
}


def report(results, what):
    """Says which of the `(name, passed)` failed; the exit code."""
    failures = [name for name, passed in results if not passed]
    for name in failures:
        print(f"failed: {name}")
    print(f"{what}: {len(results) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not results else 0


def main(folder):
    results = []
    for kind, check in CHECKS.items():
        paths = sorted((folder / kind).glob("*"))
        found = [result for path in paths for result in check(Vector(path))]
        print(f"{kind}: {len(paths)} vectors, {len(found)} checks")
        if not found:
            found = [(f"{kind}: nothing was checked", False)]
        results += found
    return report(results, "records, logs and bundles")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
