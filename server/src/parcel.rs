//! Bytes that can be waited for: until whoever they were given to has passed them on.
//!
//! On HTTP/1.1 that happens before the body is asked again. On HTTP/2 it is another task that
//! writes, when the client has room, and a reset overtakes what it has not written.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// A client that does not read is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Chromium shows a page nothing of what comes together with a reset.
const AHEAD: Duration = Duration::from_millis(50);

/// Dropped with the last of the bytes, and the sender with it.
struct Contents {
    bytes: Bytes,
    _passed_on: oneshot::Sender<()>,
}

impl AsRef<[u8]> for Contents {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[derive(Debug)]
pub struct Parcel(oneshot::Receiver<()>);

impl Parcel {
    /// The same bytes, and what tells when nobody holds them any more.
    pub fn pack(bytes: Bytes) -> (Bytes, Self) {
        let (sender, receiver) = oneshot::channel();
        let contents = Contents {
            bytes,
            _passed_on: sender,
        };
        (Bytes::from_owner(contents), Self(receiver))
    }

    async fn passed_on(self) {
        // Nothing is ever sent: the end of the sender is what is waited for.
        let _ = timeout(PATIENCE, self.0).await;
    }

    /// The same, and for long enough that a reset which follows takes nothing with it.
    pub async fn arrived(self) {
        self.passed_on().await;
        sleep(AHEAD).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn it_is_passed_on_when_the_last_piece_of_it_is_gone() {
        let (mut bytes, parcel) = Parcel::pack(Bytes::from_static(b"abc"));
        let rest = bytes.split_off(1);
        assert_eq!((&bytes[..], &rest[..]), (&b"a"[..], &b"bc"[..]));
        drop(bytes);
        let mut passed_on = Box::pin(parcel.passed_on());
        assert!(passed_on.as_mut().now_or_never().is_none());
        drop(rest);
        assert!(passed_on.now_or_never().is_some());
    }
}
