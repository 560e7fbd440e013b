//! TLS with a certificate of the server's own making, new at each start and kept in memory.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{DEFAULT_VERSIONS, ServerConfig};
use tokio_rustls::server::TlsStream;

/// Whom the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// A client that takes longer to agree on keys is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// The error says what went wrong with the certificate.
    pub fn new() -> Result<Self, String> {
        let own = rcgen::generate_simple_self_signed(NAMES.map(String::from))
            .map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(DEFAULT_VERSIONS)
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .map_err(|error| error.to_string())?;
        // The better liked one first: a browser that offers both gets HTTP/2.
        config.alpn_protocols = vec![HTTP_2.into(), HTTP_1.into()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub async fn accept(&self, stream: TcpStream) -> io::Result<Box<TlsStream<TcpStream>>> {
        let stream = timeout(HANDSHAKE, self.0.accept(stream)).await??;
        Ok(Box::new(stream))
    }
}

/// Whether that is what was agreed on. A client that offers nothing speaks HTTP/1.1.
pub fn speaks_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP_2)
}
