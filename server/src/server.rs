//! The server's life: bind, run, stop.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::{self, App};
use crate::history::Bounds;
use crate::listener::Listener;
use crate::tls::Tls;

/// How long open connections may take to end after the streams on them were ended.
const GRACE: Duration = Duration::from_millis(500);

#[derive(Clone, Debug)]
pub struct Options {
    pub host: String,
    /// 0 takes any free port.
    pub port: u16,
    /// HTTPS, with a certificate of its own making; HTTP/2 for whoever speaks it.
    pub tls: bool,
    /// Files to serve at `/`.
    pub static_dir: Option<PathBuf>,
    /// A comment on each event stream this often.
    pub heartbeat: Option<Duration>,
    pub history: Bounds,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 8080,
            tls: false,
            static_dir: None,
            heartbeat: Some(Duration::from_secs(12)),
            history: Bounds::default(),
        }
    }
}

/// Why the server could not start.
#[derive(Debug)]
pub enum StartError {
    PortTaken(u16),
    Listen {
        host: String,
        port: u16,
        why: io::Error,
    },
    Certificate(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken(port) => write!(
                f,
                "port {port} is taken: stop the program that uses it, or choose another with --port"
            ),
            Self::Listen { host, port, why } => {
                write!(f, "cannot listen on {host}, port {port}: {why}")
            }
            Self::Certificate(why) => write!(f, "cannot make a certificate: {why}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A server that has its port; connections wait until it runs.
pub struct Server {
    listener: TcpListener,
    tls: Option<Tls>,
    address: SocketAddr,
    options: Options,
}

impl Server {
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        let failed = |why: io::Error| match why.kind() {
            io::ErrorKind::AddrInUse => StartError::PortTaken(options.port),
            _ => StartError::Listen {
                host: options.host.clone(),
                port: options.port,
                why,
            },
        };
        let listener = TcpListener::bind((options.host.as_str(), options.port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let tls = options.tls.then(Tls::new).transpose();
        Ok(Self {
            listener,
            tls: tls.map_err(StartError::Certificate)?,
            address,
            options,
        })
    }

    /// The address it listens on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its clients find it.
    pub fn url(&self) -> String {
        let scheme = if self.options.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until `stop` is done; then ends all streams, and waits a short while at most.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let app = Arc::new(App::new(&self.options));
        let routes = app::routes(Arc::clone(&app), &self.options);
        let listener = Listener {
            tcp: self.listener,
            tls: self.tls,
            routes,
            stopping: app.stopping.subscribe(),
        };
        let mut serving = pin!(listener.run());
        tokio::select! {
            () = &mut serving => return,
            () = stop => {}
        }
        app.stopping.send_replace(true);
        // A client that does not read its last bytes is left behind.
        let _ = timeout(GRACE, serving).await;
    }
}

/// Waits until the server stops.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, and the server with it.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
