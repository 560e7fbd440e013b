//! Connections to the server: TCP, TLS over it, HTTP/2 over that.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DEFAULT_VERSIONS, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

pub const HTTP_2: &[u8] = b"h2";
pub const HTTP_1: &[u8] = b"http/1.1";

/// As much as a browser lets come before it is read.
pub const STREAM_WINDOW: u32 = 6 << 20;
const CONNECTION_WINDOW: u32 = 15 << 20;

pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub type Pipe = Box<dyn Duplex>;

pub async fn tcp(to: SocketAddr) -> TcpStream {
    TcpStream::connect(to).await.unwrap()
}

/// TLS with whoever answers, and these protocols offered.
pub async fn tls(to: SocketAddr, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
    let provider = ring::default_provider();
    let anyone = Arc::new(Anyone(provider.clone()));
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(DEFAULT_VERSIONS)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(anyone)
        .with_no_client_auth();
    connect(to, "localhost", config, protocols).await.unwrap()
}

/// TLS with whoever shows this certificate for this name.
pub async fn tls_trusting(
    to: SocketAddr,
    certificate: CertificateDer<'static>,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_protocol_versions(DEFAULT_VERSIONS)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    connect(to, name, config, &[]).await
}

async fn connect(
    to: SocketAddr,
    name: &'static str,
    mut config: ClientConfig,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from(name).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp(to).await)
        .await
}

/// What was agreed on.
pub fn protocol(stream: &TlsStream<TcpStream>) -> Option<&[u8]> {
    stream.get_ref().1.alpn_protocol()
}

/// One connection for many requests; so many bytes of each answer may come before they are read.
pub async fn http2(to: SocketAddr, window: u32) -> SendRequest<Bytes> {
    let stream = tls(to, &[HTTP_2, HTTP_1]).await;
    assert_eq!(protocol(&stream), Some(HTTP_2));
    let (requests, connection) = h2::client::Builder::new()
        .initial_window_size(window)
        .initial_connection_window_size(CONNECTION_WINDOW)
        // What the server passes on at once comes as one piece.
        .max_frame_size(STREAM_WINDOW)
        .handshake(stream)
        .await
        .unwrap();
    // Its end is seen on its streams.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    requests
}

/// Trusts everyone who has the key of the certificate that they show.
#[derive(Debug)]
struct Anyone(CryptoProvider);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        panic!("TLS 1.2 is not spoken here")
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
