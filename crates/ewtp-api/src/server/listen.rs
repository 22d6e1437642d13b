//! Where the admin interface listens, and the loop that serves each connection.
//!
//! Two kinds of listener exist: a Unix socket that only its owner may open, and, for the testnet and local tools, a TCP
//! address that is refused unless it is loopback. Nothing here authenticates: who can open the socket is the operator.

use super::{Api, foreign, router};
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Most connections at once on each listener; the next waits in the kernel's queue.
const CONNECTIONS_MAX: usize = 256;
/// Most headers of a request; a browser sends about fifteen.
const HEADERS_MAX: usize = 64;
/// Most bytes of a request's head: a cursor over two hundred logs takes 4 KiB.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// A caller that opened a connection sends its head within this time, or loses the place.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that open requests get to finish when the node stops, which takes less than 10 s in all.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// Pause after a failed accept (no free file descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the admin interface could not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another process answers on this socket.
    #[error("a node already answers at {}", path.display())]
    AlreadyServed {
        /// The socket.
        path: PathBuf,
    },
    /// The admin interface is for this machine only.
    #[error("{address} is not a loopback address: the admin interface is never served to other machines")]
    NotLoopback {
        /// The refused address.
        address: SocketAddr,
    },
    /// The system refused.
    #[error("cannot listen at {at}: {cause}")]
    Io {
        /// The socket's path or the address.
        at: String,
        /// What the system said.
        cause: io::Error,
    },
}

/// The bound listeners of one node, not yet serving.
#[derive(Debug)]
pub struct Server {
    socket: Option<(UnixListener, SocketFile)>,
    loopback: Option<TcpListener>,
}

/// Takes the socket away when the server goes.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Server {
    /// Binds the Unix socket at `socket`, open to its owner only. A socket left behind by a crash is replaced.
    ///
    /// # Errors
    /// A living node answers there already, or the system refuses.
    pub async fn bind(socket: &Path) -> Result<Self, ListenError> {
        if UnixStream::connect(socket).await.is_ok() {
            return Err(ListenError::AlreadyServed {
                path: socket.to_owned(),
            });
        }
        let listener = bind_private(socket).map_err(|cause| ListenError::Io {
            at: socket.display().to_string(),
            cause,
        })?;
        Ok(Self {
            socket: Some((listener, SocketFile(socket.to_owned()))),
            loopback: None,
        })
    }

    /// The same server, listening at a loopback TCP address too (port 0 takes any free one).
    ///
    /// # Errors
    /// The address is not loopback, or the system refuses it.
    pub async fn also_at(mut self, address: SocketAddr) -> Result<Self, ListenError> {
        if !address.ip().is_loopback() {
            return Err(ListenError::NotLoopback { address });
        }
        let listener = TcpListener::bind(address).await;
        self.loopback = Some(listener.map_err(|cause| ListenError::Io {
            at: address.to_string(),
            cause,
        })?);
        Ok(self)
    }

    /// The TCP address this server listens at, if any.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.loopback.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until `stop` resolves, then lets open requests finish for 3 s and returns.
    pub async fn run(self, api: Api, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let routes = router(api, stopped.clone());
        let mut listeners = JoinSet::new();
        let _socket_file = self.socket.map(|(listener, file)| {
            listeners.spawn(accept_unix(listener, routes.clone(), stopped.clone()));
            file
        });
        if let Some(listener) = self.loopback {
            listeners.spawn(accept_tcp(listener, foreign::refusing(routes), stopped));
        }
        stop.await;
        let _ = stopping.send(true);
        while listeners.join_next().await.is_some() {}
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Gone already is as good: nobody can reach us through it either way.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Binds under another name, closes the file to others, then moves it into place: nobody can connect in between.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    match std::fs::remove_file(&fresh) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&fresh, path)?;
    Ok(listener)
}

/// Waits until the stop has begun.
pub(super) async fn begun(stopped: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn accept_unix(listener: UnixListener, routes: Router, stopped: watch::Receiver<bool>) {
    let accept = || async { listener.accept().await.map(|(stream, _)| stream) };
    accept_loop(accept, routes, stopped).await;
}

async fn accept_tcp(listener: TcpListener, routes: Router, stopped: watch::Receiver<bool>) {
    let accept = || async {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    accept_loop(accept, routes, stopped).await;
}

/// Takes connections until the node stops, each in its own task, and waits for the open ones.
async fn accept_loop<S, F>(accept: impl Fn() -> F, routes: Router, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<S>>,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept_within(&places, &accept) => accepted,
            () = begun(&mut stopped) => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, place)) => {
                let serving = serve_connection(stream, routes.clone(), stopped.clone());
                connections.spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(cause) => {
                tracing::warn!(%cause, "the admin interface could not take a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, finish).await.is_err() {
        tracing::info!("requests still open at the stop were cut");
    }
}

/// A connection together with its place among [`CONNECTIONS_MAX`].
async fn accept_within<S, F>(places: &Arc<Semaphore>, accept: impl Fn() -> F) -> io::Result<(S, OwnedSemaphorePermit)>
where
    F: Future<Output = io::Result<S>>,
{
    let place = places
        .clone()
        .acquire_owned()
        .await
        .expect("nobody closes this semaphore");
    Ok((accept().await?, place))
}

async fn serve_connection<S>(stream: S, routes: Router, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.max_headers(HEADERS_MAX).max_header_size(HEAD_BYTES_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = begun(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, "an admin connection ended early");
    }
}
