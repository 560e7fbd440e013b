//! graphql-sse's single connection mode: a stream that is reserved first and opened later, and
//! operations that come by themselves and answer on it.

use std::collections::HashMap;
use std::collections::hash_map::{Entry as Place, RandomState};
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, Uri};
use futures_util::stream::{Stream, StreamExt};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::course::Outcome;
use crate::problem::Problem;
use crate::source::Entry;

const TOKEN_HEADER: &str = "x-graphql-event-stream-token";
/// So many streams may be reserved, open ones included.
const MOST: usize = 1000;
/// So many operations may run on one of them: each of them costs memory.
const MOST_OPERATIONS: usize = 1000;
/// A reservation that nobody has taken up for so long may be given to another.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many results may wait for a client that reads slowly; then their operations wait as well.
const WAITING: usize = 16;

#[derive(Debug)]
struct Reservation {
    since: Instant,
    sender: mpsc::Sender<Entry>,
    /// None once the stream is open.
    receiver: Option<mpsc::Receiver<Entry>>,
    /// Notified when one of the operations has lost messages.
    lagged: Arc<Notify>,
    operations: HashMap<Arc<str>, AbortHandle>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        for running in self.operations.values() {
            running.abort();
        }
    }
}

/// All reserved streams, by their tokens.
#[derive(Debug, Default)]
pub struct Reservations {
    all: Mutex<HashMap<String, Reservation>>,
    random: RandomState,
}

/// An open one; dropping it ends its operations, and forgets the token.
#[derive(Debug)]
pub struct Reserved {
    token: String,
    reservations: Arc<Reservations>,
    receiver: mpsc::Receiver<Entry>,
    pub lagged: Arc<Notify>,
}

/// The token that a request names, in a header or in its URL.
pub fn token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(TOKEN_HEADER);
    let header = header.and_then(|token| token.to_str().ok());
    header.map(String::from).or_else(|| parameter(uri, "token"))
}

/// The operation that a DELETE is about.
pub fn operation_id(uri: &Uri) -> Option<String> {
    parameter(uri, "operationId")
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

impl Reservations {
    /// Reserves a stream; its token.
    pub fn reserve(&self) -> Result<String, Problem> {
        let mut all = self.lock();
        all.retain(|_, it| it.receiver.is_none() || it.since.elapsed() < PATIENCE);
        if all.len() >= MOST {
            let message = format!("{MOST} event streams are reserved already");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, message));
        }
        let token = self.make_token(all.len());
        let (sender, receiver) = mpsc::channel(WAITING);
        all.insert(
            token.clone(),
            Reservation {
                since: Instant::now(),
                sender,
                receiver: Some(receiver),
                lagged: Arc::default(),
                operations: HashMap::new(),
            },
        );
        Ok(token)
    }

    /// Opens a reserved stream: once.
    pub fn open(self: &Arc<Self>, token: String) -> Result<Reserved, Problem> {
        let mut all = self.lock();
        let reservation = all.get_mut(&token).ok_or_else(unknown)?;
        let message = "the event stream of this token is open already";
        let receiver = reservation.receiver.take();
        let receiver = receiver.ok_or_else(|| Problem::new(StatusCode::CONFLICT, message))?;
        let lagged = Arc::clone(&reservation.lagged);
        drop(all);
        Ok(Reserved {
            token,
            reservations: Arc::clone(self),
            receiver,
            lagged,
        })
    }

    /// Starts an operation. `run` makes its results; it is given what to notify when it has lost
    /// messages.
    pub fn start<S>(
        self: &Arc<Self>,
        token: &str,
        operation: &str,
        run: impl FnOnce(Arc<Notify>) -> S,
    ) -> Result<(), Problem>
    where
        S: Stream<Item = Outcome> + Send + 'static,
    {
        let mut all = self.lock();
        let reservation = all.get_mut(token).ok_or_else(unknown)?;
        let conflict = |message: &str| Problem::new(StatusCode::CONFLICT, message);
        if reservation.operations.len() >= MOST_OPERATIONS {
            return Err(conflict("too many operations run on this event stream"));
        }
        let operation: Arc<str> = operation.into();
        let Place::Vacant(place) = reservation.operations.entry(Arc::clone(&operation)) else {
            return Err(conflict("an operation of this operationId runs already"));
        };
        let mut outcomes = run(Arc::clone(&reservation.lagged)).boxed();
        let sender = reservation.sender.clone();
        let (reservations, token) = (Arc::clone(self), token.to_owned());
        // It cannot end before it has its place: that is taken under the lock.
        let running = tokio::spawn(async move {
            let entry = |outcome| Entry {
                operation: Some(Arc::clone(&operation)),
                outcome,
            };
            while let Some(outcome) = outcomes.next().await {
                if sender.send(entry(Some(outcome))).await.is_err() {
                    return;
                }
            }
            let _ = sender.send(entry(None)).await; // without a stream nobody misses it
            let _ = reservations.stop(&token, &operation);
        });
        place.insert(running.abort_handle());
        Ok(())
    }

    /// Ends an operation, if it still runs.
    pub fn stop(&self, token: &str, operation: &str) -> Result<(), Problem> {
        let mut all = self.lock();
        let reservation = all.get_mut(token).ok_or_else(unknown)?;
        if let Some(running) = reservation.operations.remove(operation) {
            running.abort();
        }
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Nobody is to guess it, and nobody here has more to hide than that.
    fn make_token(&self, salt: usize) -> String {
        let half = |salt: usize| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_usize(salt);
            hasher.finish() ^ self.random.hash_one(salt)
        };
        format!("{:016x}{:016x}", half(salt), half(!salt))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Reservation>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    pub async fn next(&mut self) -> Option<Entry> {
        self.receiver.recv().await
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let gone = self.reservations.lock().remove(&self.token);
        // Its operations end with it, and no lock is held.
        drop(gone);
    }
}

/// There is no such token here.
pub fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no event stream is reserved under this token: reserve one with PUT",
    )
}
