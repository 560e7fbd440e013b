//! What comes on the socket that operations share.

use graphql_lifeline::io::{Attempt, News, SOCKET};

use super::driver::Driver;
use super::json::Json;

pub fn on_socket(driver: &mut Driver, number: u32, news: News<'_, Json>) {
    driver.late_news(Attempt { op: SOCKET, number }, news);
}

pub fn frame(driver: &mut Driver, socket: u32, text: &str) {
    on_socket(
        driver,
        socket,
        News::Event {
            name: "message",
            text: text.to_owned(),
            bytes: text.len(),
        },
    );
}

/// It has greeted, and says that it has heard everything.
pub fn socket_opens(driver: &mut Driver, socket: u32) {
    on_socket(driver, socket, News::Open);
    frame(driver, socket, r#"{"type":"connection_ack"}"#);
    frame(driver, socket, r#"{"type":"pong"}"#);
}
