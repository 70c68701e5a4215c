//! HTTPS with the local CA.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use gateway::edge::local_ca::LocalCa;
use gateway::edge::tls::CertificateFiles;
use gateway::edge::{EdgeLimits, Tls, TrustedProxies};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::Server;

fn serve(tls: &Arc<Tls>) -> Server {
    Server::start(EdgeLimits::default(), Some(tls.clone()), TrustedProxies::default())
}

async fn connect(
    server: &Server,
    dir: &Path,
    name: &str,
    alpn: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(dir.join("ca.pem")).expect("ca.pem");
    roots.add(ca).expect("a CA");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(server.address).await.expect("accepted");
    let name = ServerName::try_from(name.to_owned()).expect("name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn a_client_that_trusts_the_local_ca_is_served_securely() {
    let dir = tempfile::tempdir().expect("dir");
    let tls = Tls::local(dir.path(), &[], SystemTime::now()).expect("made");
    let server = serve(&tls);
    for name in ["localhost", "127.0.0.1", "b.obs.localhost", "b.s3.localhost"] {
        let mut stream = connect(&server, dir.path(), name, &[]).await.expect(name);
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .await
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("closed with close_notify");
        assert!(answer.contains("secure true"), "{answer}");
    }
    assert!(connect(&server, dir.path(), "example.com", &[]).await.is_err());
}

#[tokio::test]
async fn both_protocols_are_negotiated() {
    let dir = tempfile::tempdir().expect("dir");
    let tls = Tls::local(dir.path(), &[], SystemTime::now()).expect("made");
    let server = serve(&tls);
    for protocol in [&b"h2"[..], b"http/1.1"] {
        let stream = connect(&server, dir.path(), "localhost", &[protocol]).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
    }
}

#[tokio::test]
async fn a_replaced_certificate_is_served_without_a_restart() {
    let dir = tempfile::tempdir().expect("dir");
    let now = SystemTime::now();
    let tls = Tls::local(dir.path(), &[], now).expect("made");
    let server = serve(&tls);
    let names = ["store.example.com".to_owned()];
    assert!(connect(&server, dir.path(), &names[0], &[]).await.is_err());

    LocalCa::new(dir.path(), &names).ensure(now).expect("renewed");
    tls.reload(now).expect("loaded");
    assert!(connect(&server, dir.path(), &names[0], &[]).await.is_ok());
}

#[tokio::test]
async fn a_broken_file_leaves_the_certificate_in_use() {
    let dir = tempfile::tempdir().expect("dir");
    let now = SystemTime::now();
    let files = LocalCa::new(dir.path(), &[]).ensure(now).expect("made");
    let tls = Tls::from_files(files.clone()).expect("loaded");
    let server = serve(&tls);
    fs::write(&files.certificate, "nothing").expect("written");
    assert!(tls.reload(now).is_err());
    assert!(connect(&server, dir.path(), "localhost", &[]).await.is_ok());
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let (one, two) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let now = SystemTime::now();
    let first = LocalCa::new(one.path(), &[]).ensure(now).expect("made");
    let second = LocalCa::new(two.path(), &[]).ensure(now).expect("made");
    let files = CertificateFiles { certificate: first.certificate, key: second.key };
    assert!(Tls::from_files(files).is_err());
}
