//! What is signed: strict CBOR, COSE_Sign1, ids, and the value types of every record kind
