//! A duty receipt: what was asked, what it answers, and what it rests on. Nothing of it is computed again.

use super::{of_bundle, records};
use ewtp_verify::{Bundle, DutyReceipt};
use serde_json::{Value, json};

/// Everything that it says; of its rows how many there are.
pub(super) fn shown(receipt: &DutyReceipt) -> Value {
    let DutyReceipt {
        record,
        request,
        pages,
        answer,
        evidence,
    } = receipt;
    let lines: Vec<_> = answer
        .lines
        .iter()
        .map(|line| {
            json!({
                "kind": line.kind, "relief": line.relief, "area": line.area, "expression": line.expression,
                "exact": line.exact, "amount_minor": line.amount, "base": line.base,
            })
        })
        .collect();
    let open: Vec<_> = answer
        .open
        .iter()
        .map(|open| json!({ "kind": open.kind, "reason": open.reason }))
        .collect();
    let evidence = evidence.as_ref().map(|bytes| match Bundle::decode(bytes) {
        Ok(bundle) => of_bundle(&bundle),
        Err(error) => json!({ "bytes": hex::encode(bytes), "fault": error.to_string() }),
    });
    json!({
        "edition": records(std::iter::once(record.bytes())).remove(0),
        "request": {
            "to": request.to, "code": request.code.to_string(), "origin": request.origin.to_string(),
            "on": request.on.to_string(), "known": request.known.0,
        },
        "pages": pages.len(),
        "answer": { "lines": lines, "sum_minor": answer.sum, "waived": answer.is_waived, "open": open },
        "evidence": evidence,
    })
}
