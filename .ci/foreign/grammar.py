"""Holds the vectors against `protocol-spec/ewtp.cddl` with a foreign CDDL implementation, `cddl-verifier`.

Every good vector must match the rule of its object, and the rule of no other. A bad vector must fail where its fault is
one of form, and every object must have such a vector, so that no rule can accept everything. What only the pages say
(order, signatures, code lists, shortest encoding) a grammar cannot refuse.

Prints how many passed and failed; exits with 1 on a failure.
"""

import sys
from pathlib import Path

import brotli
from cddl_verifier import Validator

from check import Vector, report

# The rule of each folder of vectors. `sync` and `tariff-sync` hold several objects; their vectors name theirs.
RULES = {
    "record": "record",
    "charter": "charter-record",
    "manifest": "manifest-record",
    "certificate": "certificate-record",
    "credential": "credential-record",
    "edition": "edition-record",
    "edition-chain": "edition-record",
    "pulse": "pulse-record",
    "examine": "record",
    "charter-chain": "vector-chain",
    "introduction": "introduction",
    "announcement": "announcement",
    "bundle": "bundle-file",
    "sync": None,
    "tariff-sync": None,
    "tariff-row": "tariff-row",
    "tariff-patch": "tariff-patch",
    "tariff-schedule": "vector-schedule",
    "quote": "vector-quote",
    "duty-receipt": "duty-receipt",
    "duty-verdict": "duty-receipt",
}

# Objects that travel packed, and the rule of what they unpack to.
PACKED = {"page-frame": "page-frame", "patch-answer": "tariff-patch"}

# Folders whose bytes are not CBOR: notes, hashes one behind the other, lines of text, pages, names and files of a log.
NOT_CBOR = {
    "checkpoint", "cosignature", "inclusion", "consistency", "range", "duty-expression", "tariff-page", "tile", "entries",
    "tlog-proof",
}  # fmt: skip

# How a chain, a schedule and what a quote is computed from are written down for their vectors only.
VECTOR_RULES = """
vector-chain = [1* bytes .cbor charter-record]
vector-schedule = [1* bytes .cbor tariff-row]
vector-quote = [bytes .cbor tariff-edition, unix-time, [1* bytes .cbor tariff-row], bytes .cbor quote-request]
"""

# Refusals that are faults of form: every vector refused for one of these must fail the grammar too.
FORM = {
    "algorithm", "bounds", "cbor-duplicate-key", "cbor-trailing", "cbor-truncated", "cbor-utf8", "charters", "claims",
    "container", "count", "date", "decimal", "envelope", "goods", "hs-edition", "key-id", "kind", "labels", "language",
    "lei", "malformed", "net-name", "payload", "shape", "signature-length", "size-too-large", "size-zero",
    "unprotected", "unsupported-code", "unsupported-transition", "unsupported-version", "version", "versions", "zone",
}  # fmt: skip

# The same of an object whose reasons do not tell form from the rest.
BAD_FORM = {"bundle/trailing-byte"}

# Vectors whose reason is one of form elsewhere, and here lies between two values: a grammar sees one at a time.
GOOD_VALUES = {"tariff-row/quota-balance-above-volume"}

# Objects whose every bad vector is of good form: its fault is a signature, a time, a rule of trust, a place in a chain.
GOOD_FORM = {"charter-chain", "duty-verdict", "edition-chain", "examine", "tariff-schedule"}


def rule_of(vector):
    named = RULES[vector.name.split("/")[0]] or vector.header["object"]
    return PACKED.get(named, named)


def body_of(vector):
    return brotli.decompress(vector.bytes) if vector.header.get("object") in PACKED else vector.bytes


def both(rule, other):
    """Whether one value may match both rules: a record of any kind is a record, and the pages from the eighth on begin as a
    message of a later kind does."""
    of_records = "record" in (rule, other) and rule.endswith("record") and other.endswith("record")
    return rule == other or of_records or {rule, other} == {"page-frame", "message"}


def check(grammar, folder, rules):
    """What each vector of a folder shows: `(name, passed)`."""
    seen = 0
    for path in sorted(folder.glob("*")):
        vector = Vector(path)
        rule = rule_of(vector)
        if vector.good:
            result = grammar.validate(body_of(vector), rule)
            yield f"{vector.name} as {rule}: {'; '.join(result.errors)[:300]}", result.valid
            for other in rules:
                if not both(rule, other):
                    yield f"{vector.name} as {other}", not grammar.validate(body_of(vector), other).valid
        elif vector.name in BAD_FORM or (vector.header["reason"] in FORM and vector.name not in GOOD_VALUES):
            seen += 1
            yield f"{vector.name}, {vector.header['reason']}", not grammar.validate(body_of(vector), rule).valid
    if folder.name not in GOOD_FORM:
        yield f"{folder.name}: no bad vector that the grammar refuses", seen > 0


def main(specification):
    text = (specification / "ewtp.cddl").read_text() + VECTOR_RULES
    grammar = Validator(text)  # names the line of a fault in the grammar itself
    folders = sorted(path for path in (specification / "vectors").iterdir() if path.name not in NOT_CBOR)
    known = [folder for folder in folders if folder.name in RULES]
    results = [(f"{folder.name}: which rule of the grammar?", folder in known) for folder in folders]
    rules = {rule_of(Vector(path)) for folder in known for path in folder.glob("*")}
    for folder in known:
        results += check(grammar, folder, sorted(rules))
    return report(results, "grammar")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
