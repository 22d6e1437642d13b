//! Our logs read by implementations that nobody here wrote: the crates `signed_note` and `tlog_tiles`.

mod reference;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use ewtp_log::{
    Checkpoint, Cosignature, Hash, InclusionProof, KeyType, Note, NotedCheckpoint, Origin, TileKind, TilePath,
    TlogProof, key_hash, leaf_hash, tile_bytes, tile_hashes, witness_name,
};
use reference::{bundle_of, leaves, range, tree};
use signed_note::{Verifier, VerifierList};
use tlog_tiles::HashReader;

const SIZES: u64 = 300;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn signed(size: u64) -> NotedCheckpoint {
    let root = range(&leaves(size)).root();
    let checkpoint = Checkpoint {
        origin: Origin::new("test:lab", "MY", 0),
        size,
        root,
    };
    let signature = key(1).sign(checkpoint.body().as_bytes()).to_bytes();
    NotedCheckpoint { checkpoint, signature }
}

fn cosigned(signed: &NotedCheckpoint, witness: &SigningKey, time: u64) -> Cosignature {
    let message = Cosignature::message(&signed.checkpoint, time);
    Cosignature {
        time,
        signature: witness.sign(message.as_bytes()).to_bytes(),
    }
}

/// The stored hashes of a tree as the foreign crate numbers them.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn stored(size: u64) -> Stored {
    let mut stored = Stored(Vec::new());
    for index in 0..size {
        let hashes = tlog_tiles::stored_hashes(index, &index.to_be_bytes(), &stored).expect("all hashes are stored");
        stored.0.extend(hashes);
    }
    stored
}

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}

#[test]
fn a_foreign_tree_has_our_roots_and_makes_our_proofs() {
    let (all, stored) = (leaves(SIZES), stored(SIZES));
    let tree = tree(&all);
    for size in 1..=SIZES {
        let at = range(&all[..size as usize]);
        assert_eq!(
            tlog_tiles::tree_hash(size, &stored).unwrap(),
            theirs(&at.root()),
            "size {size}"
        );
        for index in 0..size {
            let ours = tree.inclusion(index, &at, bundle_of(index, &all)).unwrap();
            let proof = tlog_tiles::prove_record(size, index, &stored).unwrap();
            assert_eq!(proof, all_theirs(&ours.path), "{index} of {size}");
            let ours = tree.consistency(index + 1, &at, bundle_of(index, &all)).unwrap();
            let proof = tlog_tiles::prove_tree(size, index + 1, &stored).unwrap();
            assert_eq!(proof, all_theirs(&ours.path), "{} to {size}", index + 1);
        }
    }
}

#[test]
fn a_foreign_verifier_accepts_our_proofs_and_refuses_changed_ones() {
    let all = leaves(SIZES);
    let tree = tree(&all);
    for index in (0..SIZES).step_by(7) {
        let leaf = theirs(&all[index as usize]);
        let root = theirs(&tree.root());
        let mut proof = all_theirs(&tree.inclusion(index, tree.head(), bundle_of(index, &all)).unwrap().path);
        assert!(tlog_tiles::check_record(&proof, SIZES, root, index, leaf).is_ok());
        proof[0].0[31] ^= 1;
        assert!(tlog_tiles::check_record(&proof, SIZES, root, index, leaf).is_err());
    }
}

#[test]
fn foreign_tiles_have_our_names_and_bytes() {
    let (all, stored) = (leaves(70_000), stored(70_000));
    let tree = tree(&all);
    let hash_tiles = TilePath::all(70_000).filter(|path| path.kind != TileKind::Entries);
    let mut ours: Vec<_> = hash_tiles.map(|path| path.to_string()).collect();
    let mut named = Vec::new();
    let foreign_tiles = tlog_tiles::Tile::new_tiles(8, 0, 70_000);
    for tile in &foreign_tiles {
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        let (level, (first, end)) = (tile.level(), path.parse::<TilePath>().unwrap().span());
        let bytes = tile.read_data(&stored).unwrap();
        let hashes = tile_hashes(&bytes).unwrap();
        let expected = match level {
            0 => &all[first as usize..end as usize],
            _ => tree.tile(&path.parse().unwrap()).unwrap(),
        };
        assert_eq!(hashes, expected, "{path}");
        assert_eq!(tile_bytes(expected), bytes, "{path}");
        named.push(path);
    }
    ours.sort();
    named.sort();
    assert_eq!(ours, named);
}

#[test]
fn a_foreign_reader_verifies_our_note() {
    let (signed, witness) = (signed(40), key(2));
    let cosignature = cosigned(&signed, &witness, 1_760_000_000);
    let witness_name = witness_name("test:lab", "SG");
    let cosigners = [(witness_name.as_str(), &witness.verifying_key(), cosignature)];
    let text = signed.to_note(&key(1).verifying_key(), &cosigners).to_string();
    let note = signed_note::Note::from_bytes(text.as_bytes()).unwrap();
    let vkey = vkey("ewtp/test:lab/MY/0", &key(1).verifying_key());
    let verifier = signed_note::StandardVerifier::new(&vkey).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier), Box::new(CosignatureVerifier(witness_name))]);
    let (verified, unknown) = note.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (2, 0));
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("ewtp/test:lab/MY/0", 40));
    assert_eq!(checkpoint.hash(), &theirs(&signed.checkpoint.root));
    assert_eq!(checkpoint.extension(), "");
}

/// A verifier key as C2SP writes it: name, key id and key.
fn vkey(name: &str, key: &VerifyingKey) -> String {
    let typed = [&[1], key.as_bytes() as &[u8]].concat();
    format!(
        "{name}+{:08x}+{}",
        signed_note::key_id(name, &typed),
        STANDARD.encode(typed)
    )
}

/// `cosignature/v1` for the foreign note reader, which knows only plain Ed25519: the message is rebuilt from the
/// published description, not with our code.
struct CosignatureVerifier(String);

impl Verifier for CosignatureVerifier {
    fn name(&self) -> &str {
        &self.0
    }

    fn key_id(&self) -> u32 {
        signed_note::key_id(&self.0, &[&[4], key(2).verifying_key().as_bytes() as &[u8]].concat())
    }

    fn verify(&self, text: &[u8], line: &[u8]) -> bool {
        let (time, signature) = line.split_at(8);
        let time = u64::from_be_bytes(time.try_into().expect("eight bytes"));
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let signature = ed25519_dalek::Signature::from_slice(signature).expect("64 bytes");
        key(2).verifying_key().verify_strict(&message, &signature).is_ok()
    }
}

#[test]
fn our_note_reads_back_what_it_wrote() {
    let (signed, witness) = (signed(40), key(2));
    let cosignature = cosigned(&signed, &witness, 1_760_000_000);
    let name = witness_name("test:lab", "SG");
    let cosigners = [(name.as_str(), &witness.verifying_key(), cosignature)];
    let note = signed.to_note(&key(1).verifying_key(), &cosigners);
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(NotedCheckpoint::from_note(&read, &key(1).verifying_key()), Ok(signed));
    assert_eq!(
        Cosignature::from_note(&read, &name, &witness.verifying_key()),
        Ok(cosignature)
    );
    let own = key_hash("ewtp/test:lab/MY/0", KeyType::Ed25519, &key(1).verifying_key());
    assert_eq!(read.signatures_by("ewtp/test:lab/MY/0", own).count(), 1);
}

#[test]
fn a_note_with_one_changed_byte_never_yields_another_statement() {
    let (signed, witness) = (signed(40), key(2));
    let name = witness_name("test:lab", "SG");
    let cosigners = [(
        name.as_str(),
        &witness.verifying_key(),
        cosigned(&signed, &witness, 1_760_000_000),
    )];
    let text = signed.to_note(&key(1).verifying_key(), &cosigners).to_string();
    for (byte, bit) in (0..text.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
        let mut mutated = text.clone().into_bytes();
        mutated[byte] ^= 1 << bit;
        let Ok(note) = Note::parse(&mutated) else { continue };
        // A changed cosignature line leaves the log's own signature good, and the other way round.
        if let Ok(read) = NotedCheckpoint::from_note(&note, &key(1).verifying_key()) {
            assert_eq!(read, signed, "byte {byte}");
        }
        if let Ok(read) = Cosignature::from_note(&note, &name, &witness.verifying_key()) {
            assert_eq!(read, cosigners[0].2, "byte {byte}");
        }
    }
}

#[test]
fn a_proof_text_proves_its_record_and_nothing_else() {
    let all = leaves(40);
    let signed = signed(40);
    let proof = TlogProof {
        extra: b"MY-2026-1".to_vec(),
        index: 17,
        proof: tree(&all).inclusion(17, &range(&all), &all).unwrap(),
        note: signed.to_note(&key(1).verifying_key(), &[]),
    };
    let text = proof.to_string();
    let read = TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(read, proof);
    assert_eq!(read.verify(&all[17], &key(1).verifying_key()), Ok(signed));
    assert!(read.verify(&all[16], &key(1).verifying_key()).is_err());
    assert!(read.verify(&all[17], &key(2).verifying_key()).is_err());
    assert!(
        TlogProof {
            index: 16,
            ..read.clone()
        }
        .verify(&all[17], &key(1).verifying_key())
        .is_err()
    );
    for faulty in [
        text.replace("@v1", "@v2"),
        text.replace("index 17", "index 017"),
        text.replace("index 17", "index +17"),
        text.replace("extra ", "extra  "),
        text.replace("index 17\n", ""),
        text.replace("\n\newtp", "\newtp"),
        String::new(),
    ] {
        assert!(TlogProof::parse(faulty.as_bytes()).is_err(), "{faulty}");
    }
    let leafless = TlogProof {
        proof: InclusionProof::default(),
        ..read
    };
    assert!(leafless.verify(&leaf_hash(b""), &key(1).verifying_key()).is_err());
}
