//! `GET /v1/logs/{hub}/…`: checkpoints, proofs and C2SP tiles of every carried log.

use super::{Api, held, receipt};
use crate::problem::Problem;
use crate::schema::ProofSchema;
use crate::view::Proof;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ewtp_log::{Origin, TileKind, TilePath, entry_bundle, tile_bytes};
use ewtp_record::{HubCode, LogId};
use ewtp_store::Reader;
use serde::Deserialize;

/// Tiles are named by what they hold and never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedCheckpoint {
    #[serde(default)]
    cosigned: bool,
}

pub(super) async fn checkpoint(
    State(api): State<Api>,
    Path(hub): Path<String>,
    asked: Result<Query<AskedCheckpoint>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let log = api.named_log(&hub)?;
    let directory = api.directory.borrow().clone();
    let note = move |reader: &Reader| {
        let newest = if asked.cosigned {
            held::cosigned(reader, log)
        } else {
            receipt::checkpoint(reader, log, None)
        };
        let newest = newest.ok_or_else(|| Problem::not_found(format!("no such checkpoint of {log} is held yet")))?;
        receipt::note(&directory, log.hub, &newest)
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, api.read(note).await?).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedProof {
    index: u64,
    size: Option<u64>,
}

pub(super) async fn proof(
    State(api): State<Api>,
    Path(hub): Path<String>,
    asked: Result<Query<AskedProof>, QueryRejection>,
) -> Result<Json<Proof>, Problem> {
    let Query(AskedProof { index, size }) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let log = api.named_log(&hub)?;
    let directory = api.directory.borrow().clone();
    let prove = move |reader: &Reader| {
        let checkpoint = receipt::checkpoint(reader, log, size);
        let size = size
            .or_else(|| checkpoint.as_ref().map(|newest| newest.checkpoint.size))
            .unwrap_or(0);
        if index >= size || size > reader.size(log) {
            let message = format!("{log} has no record {index} below size {size}, as this node holds it");
            return Err(Problem::not_found(message));
        }
        let path = receipt::inclusion(reader, log, index, size)?;
        let leaf = reader.leaves(log, index, index + 1)?[0];
        let root = path
            .root(index, size, &leaf)
            .map_err(|fault| Problem::internal(&fault))?;
        let checkpoint = checkpoint
            .map(|newest| receipt::note(&directory, log.hub, &newest))
            .transpose()?;
        let origin = Origin::new(directory.net().as_str(), log.hub.as_str(), log.epoch).to_string();
        Ok(Proof {
            schema: ProofSchema,
            origin,
            index,
            leaf,
            size,
            root,
            path: path.path,
            checkpoint,
        })
    };
    Ok(Json(api.read(prove).await?))
}

pub(super) async fn tile(
    State(api): State<Api>,
    Path((hub, path)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let log = api.named_log(&hub)?;
    let path = format!("tile/{path}")
        .parse::<TilePath>()
        .map_err(|fault| Problem::not_found(fault.to_string()))?;
    let bytes = api.read(move |reader| tile_of(reader, log, &path)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, FOREVER),
    ];
    Ok((headers, bytes).into_response())
}

/// The bytes of a tile: below level 1 from the records, from there on from the tree.
fn tile_of(reader: &Reader, log: LogId, path: &TilePath) -> Result<Vec<u8>, Problem> {
    let absent = || Problem::not_found(format!("{log} has no {path}, as this node holds it"));
    // Only what a signed checkpoint covers is served: a tile must never need to be taken back.
    let covered = held::signed(reader, log).map_or(0, |checkpoint| checkpoint.size);
    let (first, end) = path.span();
    if path.kind == TileKind::Entries || path.kind == TileKind::Hashes(0) {
        if end > covered {
            return Err(absent());
        }
        return match path.kind {
            TileKind::Entries => {
                entry_bundle(&reader.range(log, first, end)?).map_err(|fault| Problem::internal(&fault))
            }
            TileKind::Hashes(_) => Ok(tile_bytes(&reader.leaves(log, first, end)?)),
        };
    }
    reader.tree(log, covered)?.tile(path).map(tile_bytes).ok_or_else(absent)
}

impl Api {
    /// The log of a hub, in its present generation.
    pub(super) fn log(&self, hub: HubCode) -> Result<LogId, Problem> {
        let status = self.status.borrow();
        let entry = status.frontier.get(&hub).ok_or_else(|| {
            let next = "ewtp status lists the carried hubs; ewtp peer add carries one more";
            Problem::not_found(format!("this node does not carry hub {hub}")).next(next)
        })?;
        Ok(LogId {
            hub,
            epoch: entry.epoch,
        })
    }

    fn named_log(&self, hub: &str) -> Result<LogId, Problem> {
        let hub = hub.parse::<HubCode>();
        self.log(hub.map_err(|fault| Problem::new("bad-request", fault.to_string()).field("hub"))?)
    }
}
