//! What a server of reserved streams says: graphql-sse's single connection mode.

use graphql_lifeline::config::Options;
use graphql_lifeline::io::{Attempt, News, OpId, State};
use graphql_lifeline::reservation::Sharing;

use super::driver::{Driver, head, stream, subscription};
use super::json::Json;

pub fn options() -> Options {
    Options {
        sharing: Sharing::Always,
        ..Options::default()
    }
}

pub fn client() -> Driver {
    Driver::new(&options())
}

pub fn news(driver: &mut Driver, op: OpId, number: u32, news: News<'_, Json>) {
    driver.late_news(Attempt { op, number }, news);
}

/// The reserved stream, which is an operation of its own, is reserved and open.
pub fn opens(driver: &mut Driver, op: OpId, number: u32) {
    news(driver, op, number, News::Open);
    news(driver, op, number, News::Head(stream()));
}

pub fn accepts(driver: &mut Driver, op: OpId) {
    driver.head(op, head(202, "text/plain"));
}

pub fn says(driver: &mut Driver, stream: (OpId, u32), event: &str, data: &str) {
    let text = format!("event: {event}\ndata: {data}\n\n");
    news(driver, stream.0, stream.1, News::Bytes(text.as_bytes()));
}

/// Two subscriptions, 1 and 3, live on the stream, 2.
pub fn live_pair(mut driver: Driver) -> Driver {
    driver.subscribe(subscription());
    opens(&mut driver, 2, 1);
    accepts(&mut driver, 1);
    driver.subscribe(subscription());
    accepts(&mut driver, 3);
    driver.take();
    driver
}

pub fn state(driver: &Driver, op: OpId) -> State {
    driver.client.operation_state(op)
}
