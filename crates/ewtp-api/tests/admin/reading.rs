//! Status, records, listings, proofs, tiles and bundles.

use crate::hub::{Running, code, net};
use crate::issuing::{certificate, issue_one};
use ewtp_api::{ClientError, Listing, StandingView};
use ewtp_log::{InclusionProof, Note, TilePath, bundle_entries, leaf_hash, tile_hashes};
use ewtp_record::{Record, RecordId};
use ewtp_verify::{Bundle, Outcome, Policy, verify};

fn refusal<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> (u16, String) {
    match answer.unwrap_err() {
        ClientError::Refused(problem) => (problem.http_status(), problem.code),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn the_status_has_the_members_of_the_contract_with_its_schema_first() {
    let running = Running::start().await;
    let status = running.client.status().await.unwrap();
    let told = serde_json::to_string(&status).unwrap();
    assert!(
        told.starts_with("{\"schema\":\"ewtp.status/1\",\"hub\":\"MY\""),
        "{told}"
    );
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["log"]["size"], 1);
    assert_eq!(told["frontier"]["MY"]["behind"], 0);
    assert_eq!(told["frontier"]["MY"]["root"], told["log"]["root"]);
    assert_eq!(told["peers"][0]["hub"], "RW");
    assert!(told["alarms"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_uptime_grows_while_nothing_happens() {
    let running = Running::start().await;
    let first = running.client.status().await.unwrap().uptime_ms;
    while running.client.status().await.unwrap().uptime_ms == first {}
}

#[tokio::test]
async fn a_record_is_undecided_until_it_is_examined() {
    let running = Running::start().await;
    let issued = issue_one(&running, &certificate(1)).await.unwrap();
    let view = running.client.record(&issued.id).await.unwrap();
    assert_eq!(
        (view.summary.standing, view.summary.index),
        (StandingView::Undecided, issued.index)
    );
    running.settle().await;
    let view = running.client.record(&issued.id).await.unwrap();
    assert_eq!(view.summary.standing, StandingView::Sound);
    assert_eq!(view.summary.kind, "clearance-certificate");
    assert!(!view.signed);
    assert_eq!(view.content.unwrap()["import_country"], "MY");
}

#[tokio::test]
async fn the_exact_bytes_of_a_record_hash_to_its_id() {
    let running = Running::start().await;
    let issued = issue_one(&running, &certificate(1)).await.unwrap();
    let bytes = running.client.record_bytes(&issued.id).await.unwrap();
    assert_eq!(leaf_hash(&bytes).0, issued.id.0);
    assert!(Record::decode(bytes).is_ok());
}

#[tokio::test]
async fn an_unknown_record_is_not_found() {
    let running = Running::start().await;
    assert_eq!(
        refusal(running.client.record(&RecordId([9; 32])).await),
        (404, "not-found".into())
    );
    assert_eq!(
        refusal(running.client.bundle(&RecordId([9; 32])).await),
        (404, "not-found".into())
    );
}

#[tokio::test]
async fn a_listing_is_paged_by_position_and_filtered_by_kind() {
    let running = Running::start().await;
    running.hub.lock().await.pulses(5);
    for number in 0..3 {
        issue_one(&running, &certificate(number)).await.unwrap();
    }
    running.settle().await;
    let all = running.client.records(&Listing::default()).await.unwrap();
    assert_eq!((all.records.len(), all.next), (9, None));
    let mut listing = Listing {
        limit: Some(4),
        ..Listing::default()
    };
    let mut indexes = Vec::new();
    loop {
        let page = running.client.records(&listing).await.unwrap();
        indexes.extend(page.records.iter().map(|record| record.index));
        listing.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(indexes, (0..9).collect::<Vec<_>>());
    let kind = Some("clearance-certificate".to_owned());
    let certificates = running
        .client
        .records(&Listing {
            kind,
            ..Listing::default()
        })
        .await
        .unwrap();
    assert_eq!(
        certificates
            .records
            .iter()
            .map(|record| record.index)
            .collect::<Vec<_>>(),
        [6, 7, 8]
    );
}

#[tokio::test]
async fn a_listing_about_a_subject_has_its_revisions_and_nothing_else() {
    let running = Running::start().await;
    for number in 0..3 {
        issue_one(&running, &certificate(number)).await.unwrap();
    }
    let mut first = certificate(7);
    first["number"] = "A&B#7+%/x".into();
    let mut amended = first.clone();
    amended["previous"] = issue_one(&running, &first).await.unwrap().id.to_string().into();
    amended["revision"] = 2.into();
    issue_one(&running, &amended).await.unwrap();
    issue_one(&running, &certificate(4)).await.unwrap();
    running.settle().await;
    let mut listing = Listing {
        kind: Some("clearance-certificate".to_owned()),
        subject: Some("A&B#7+%/x".parse().unwrap()),
        ..Listing::default()
    };
    let page = running.client.records(&listing).await.unwrap();
    let revisions: Vec<_> = page.records.iter().map(|record| record.revision).collect();
    assert_eq!((revisions, page.next), (vec![0, 2], None));
    assert!(
        page.records
            .iter()
            .all(|record| Some(record.subject) == listing.subject)
    );

    listing.subject = Some("unknown".parse().unwrap());
    assert!(running.client.records(&listing).await.unwrap().records.is_empty());
    listing.after = Some("MY:0:1".parse().unwrap());
    assert_eq!(refusal(running.client.records(&listing).await).0, 400);
    (listing.after, listing.kind) = (None, None);
    assert_eq!(refusal(running.client.records(&listing).await).0, 400);
}

#[tokio::test]
async fn a_listing_refuses_what_it_cannot_mean() {
    let running = Running::start().await;
    let kind = Some("waybill".to_owned());
    assert_eq!(
        refusal(
            running
                .client
                .records(&Listing {
                    kind,
                    ..Listing::default()
                })
                .await
        )
        .0,
        400
    );
    let limit = Some(0);
    assert_eq!(
        refusal(
            running
                .client
                .records(&Listing {
                    limit,
                    ..Listing::default()
                })
                .await
        )
        .0,
        400
    );
    let hub = Some(code("SG"));
    assert_eq!(
        refusal(
            running
                .client
                .records(&Listing {
                    hub,
                    ..Listing::default()
                })
                .await
        )
        .0,
        404
    );
}

#[tokio::test]
async fn the_checkpoint_is_a_note_with_log_signature_and_cosignature() {
    let running = Running::start().await;
    running.hub.lock().await.pulses(300);
    let lines = |note: &str| Note::parse(note.as_bytes()).unwrap().signatures().len();
    assert_eq!(lines(&running.client.checkpoint(code("MY")).await.unwrap()), 1);
    running.hub.lock().await.cosign();
    let text = running.client.checkpoint(code("MY")).await.unwrap();
    assert_eq!(lines(&text), 2);
    let note = Note::parse(text.as_bytes()).unwrap();
    let hub = running.hub.lock().await;
    let directory = hub.directory.borrow();
    let chain = |hub_code: &str| directory.chain(code(hub_code)).unwrap().newest().clone();
    let key = |charter: &ewtp_trust::Charter| *charter.log_key().dalek();
    let checkpoint = ewtp_log::NotedCheckpoint::from_note(&note, &key(&chain("MY")))
        .unwrap()
        .checkpoint;
    assert_eq!(
        (checkpoint.size, checkpoint.origin.to_string()),
        (301, "ewtp/test:lab/MY/0".into())
    );
    let witness = *chain("RW").witness_key().unwrap().dalek();
    ewtp_log::Cosignature::from_note(&note, "ewtp/test:lab/RW", &witness).unwrap();
}

#[tokio::test]
async fn every_record_has_a_proof_that_verifies() {
    let running = Running::start().await;
    running.hub.lock().await.pulses(600);
    for index in [0, 1, 255, 256, 511, 512, 600] {
        let proof = running.client.proof(code("MY"), index).await.unwrap();
        let path = InclusionProof {
            path: proof.path.clone(),
        };
        path.verify(index, proof.size, &proof.leaf, &proof.root).unwrap();
        assert_eq!((proof.size, proof.checkpoint.is_some()), (601, true));
    }
    assert_eq!(
        refusal(running.client.proof(code("MY"), 601).await),
        (404, "not-found".into())
    );
}

#[tokio::test]
async fn the_tiles_rebuild_the_log() {
    let running = Running::start().await;
    running.hub.lock().await.pulses(600);
    let tile = async |path: &str| running.client.tile(code("MY"), path).await;
    let leaves = tile_hashes(&tile("0/000").await.unwrap()).unwrap();
    let bytes = tile("entries/000").await.unwrap();
    let entries = bundle_entries(&bytes).unwrap();
    assert_eq!(entries.iter().map(|entry| leaf_hash(entry)).collect::<Vec<_>>(), leaves);
    let roots = tile_hashes(&tile("1/000.p/2").await.unwrap()).unwrap();
    assert_eq!(roots[0], ewtp_log::bundle_root(&leaves));
    for path in TilePath::all(601) {
        tile(path.to_string().strip_prefix("tile/").unwrap()).await.unwrap();
    }
    for absent in [
        "0/002",
        "0/002.p/90",
        "1/000.p/3",
        "entries/003",
        "9/000",
        "../status",
        "0/0",
    ] {
        assert_eq!(refusal(tile(absent).await).0, 404, "{absent}");
    }
}

#[tokio::test]
async fn a_bundle_is_accepted_by_an_officer_who_pinned_both_hubs() {
    let running = Running::start().await;
    let issued = issue_one(&running, &certificate(1)).await.unwrap();
    running.hub.lock().await.cosign();
    let file = running.client.bundle(&issued.id).await.unwrap();
    let bundle = Bundle::decode(&file).unwrap();
    assert_eq!(bundle.receipt.as_ref().unwrap().cosignatures.len(), 1);
    assert_eq!(bundle.chains.len(), 2);
    let hub = running.hub.lock().await;
    let directory = hub.directory.borrow().clone();
    let pins = ["MY", "RW"].map(|name| format!("\"{name}\":\"{}\"", directory.genesis(code(name)).unwrap()));
    let policy = format!(
        "{{\"net\":\"{}\",\"own\":\"RW\",\"pins\":{{{}}}}}",
        net(),
        pins.join(",")
    );
    let policy = Policy::from_json(policy.as_bytes()).unwrap();
    let verdict = verify(&file, &policy, crate::hub::NOW.plus(3600));
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
}

#[tokio::test]
async fn ready_means_that_everything_known_is_examined() {
    let running = Running::start().await;
    let ready = async || crate::refusals::get(&running, "/readyz").await.0;
    assert_eq!(ready().await, 503);
    running.settle().await;
    assert_eq!(ready().await, 200);
    assert_eq!(crate::refusals::get(&running, "/livez").await.0, 200);
}

#[tokio::test]
async fn peers_are_listed_added_and_removed() {
    let running = Running::start().await;
    assert_eq!(running.client.peers().await.unwrap().peers.len(), 1);
    let address = "/ip4/192.0.2.7/tcp/7780".to_owned();
    let peer = ewtp_api::NewPeer {
        hub: None,
        genesis: None,
        addresses: vec![address.clone()],
    };
    running.client.add_peer(&peer).await.unwrap();
    assert_eq!(running.hub.lock().await.peers, std::slice::from_ref(&address));
    running.client.remove_peer(&address).await.unwrap();
    assert!(running.hub.lock().await.peers.is_empty());
    let half = ewtp_api::NewPeer {
        hub: Some(code("SG")),
        ..peer
    };
    assert_eq!(
        refusal(running.client.add_peer(&half).await),
        (422, "invalid-field".into())
    );
}
