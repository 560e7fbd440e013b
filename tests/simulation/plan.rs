//! What a run is made of: the client's options, its operations, the faults. All of it from
//! a seed.

use graphql_lifeline::budget::Allowance;
use graphql_lifeline::config::{HeadersSource, Method, Options, Stall, Transport};
use graphql_lifeline::continuity::{Key, Settings};
use graphql_lifeline::document::Kind;
use graphql_lifeline::io::Request;
use graphql_lifeline::random::Random;
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::response::Want;
use graphql_lifeline::time::Span;
use graphql_lifeline::watchdog;

use super::fault::{Fault, Spell, below, draw};
use super::page::{self, Away};
use super::room::{self, Tab};
use super::sickness::Sickness;

/// Faults are over by then.
pub const FAULTS_END: u64 = 180_000;
/// Messages are sent until then.
pub const MESSAGES_END: u64 = FAULTS_END + 160_000;
/// The run is over.
pub const END: u64 = MESSAGES_END + 60_000;

/// An operation of the application.
#[derive(Debug)]
pub struct Planned {
    pub start: u64,
    pub request: Request,
    /// The application has no more use for it.
    pub dispose: Option<u64>,
}

#[derive(Debug)]
pub struct Plan {
    pub options: Options,
    pub operations: Vec<Planned>,
    pub spells: Vec<Spell>,
    /// What is wrong with one rung alone.
    pub sicknesses: Vec<Sickness>,
    /// What befalls the page.
    pub aways: Vec<Away>,
    /// The browser has room for so many streams; `None`: for as many as one likes.
    pub slots: Option<usize>,
    /// Who else takes some of it.
    pub tabs: Vec<Tab>,
    /// Does the server reserve streams?
    pub reserves: bool,
    /// Connections are to be replaced after so many milliseconds.
    pub lifetime: Option<u64>,
    /// The application asks for fresh connections.
    pub reconnects: Vec<u64>,
    /// Milliseconds between messages, on average.
    pub pace: u64,
    pub heartbeat: u64,
}

impl Plan {
    pub fn draw(random: &mut Random) -> Self {
        // A stream of its own: worlds with room for everybody stay what they were.
        let crowd = &mut Random::new(!random.clone().bits());
        let count = 1 + below(random, 3);
        let spells = draw(random, FAULTS_END);
        let expires = spells.iter().any(|it| it.fault == Fault::Expire);
        let headers = if expires {
            HeadersSource::Function
        } else {
            HeadersSource::None
        };
        let mut plan = Self {
            options: Options {
                headers,
                ..options(random)
            },
            operations: (0..count).map(|n| planned(random, n)).collect(),
            spells,
            sicknesses: Vec::new(),
            aways: page::draw(random, FAULTS_END),
            lifetime: (below(random, 4) == 0).then(|| 10_000 + below(random, 50_000)),
            reconnects: (0..below(random, 2))
                .map(|_| below(random, FAULTS_END))
                .collect(),
            pace: [300, 2_000, 15_000][below(random, 3) as usize],
            heartbeat: [1_000, 12_000, 30_000][below(random, 3) as usize],
            slots: None,
            tabs: Vec::new(),
            reserves: true,
        };
        plan.share(crowd);
        plan.crowd(crowd);
        plan.sicken(crowd);
        plan
    }

    /// In some worlds operations share a stream.
    fn share(&mut self, random: &mut Random) {
        let sharing = match below(random, 6) {
            0 | 1 => Sharing::Always,
            2 => Sharing::WhenCrowded,
            _ => return,
        };
        let ladder = self.options.transports.get_or_insert_default();
        if !ladder.contains(&Transport::Fetch) {
            return;
        }
        if sharing == Sharing::Always {
            ladder.retain(|&transport| transport != Transport::EventSource);
            self.options.lazy = (below(random, 4) == 0).then_some(false);
        }
        self.options.sharing = sharing;
        self.options.lazy_close = Span::from_secs([0, 0, 5][below(random, 3) as usize]);
        // With all others it would end everything at once.
        self.reserves = sharing == Sharing::Always || below(random, 4) > 0;
        if below(random, 3) == 0 {
            let from = below(random, FAULTS_END);
            self.spells.push(Spell {
                from,
                until: (from + 1 + below(random, FAULTS_END)).min(FAULTS_END),
                fault: Fault::Balancer {
                    one_in: [1, 1, 2, 5][below(random, 4) as usize],
                },
            });
        }
    }

    /// Is there a socket for those who find no room?
    pub fn has_socket(&self) -> bool {
        let is_socket = |it: &Transport| *it == Transport::WebSocket;
        let ladder = self.options.transports.as_ref();
        self.options.websocket && ladder.is_none_or(|ladder| ladder.iter().any(is_socket))
    }

    /// In some worlds there is little room.
    fn crowd(&mut self, random: &mut Random) {
        let is_auto = self.options.sharing == Sharing::WhenCrowded;
        if !is_auto && below(random, 3) > 0 {
            return;
        }
        // One is spared for the stream that is shared.
        let least = 1 + u64::from(is_auto);
        self.slots = Some((least + below(random, 2)) as usize);
        self.tabs = room::draw(random);
        for it in &mut self.operations {
            if it.request.kind == Kind::Mutation && below(random, 2) == 0 {
                it.request.kind = Kind::Query;
            }
        }
    }
    /// Fifty subscriptions, and every connection ends behind its first result.
    pub fn flapping(transport: Transport) -> Self {
        let subscription = || Planned {
            start: 0,
            request: Request::new(Kind::Subscription),
            dispose: None,
        };
        Self {
            options: Options {
                websocket: transport == Transport::WebSocket,
                transports: Some(vec![transport]),
                ..Options::default()
            },
            operations: (0..50).map(|_| subscription()).collect(),
            spells: vec![Spell {
                from: 0,
                until: FAULTS_END,
                fault: Fault::End { one_in: 1 },
            }],
            sicknesses: Vec::new(),
            aways: Vec::new(),
            slots: None,
            tabs: Vec::new(),
            reserves: true,
            lifetime: None,
            reconnects: Vec::new(),
            pace: 300,
            heartbeat: 12_000,
        }
    }
}

fn options(random: &mut Random) -> Options {
    use Transport::{EventSource, Fetch, WebSocket};
    let ladders: [&[Transport]; 6] = [
        &[Fetch],
        &[EventSource, Fetch],
        &[WebSocket],
        &[Fetch, WebSocket],
        &[EventSource, Fetch, WebSocket],
        &[EventSource, WebSocket],
    ];
    let ladder = ladders[below(random, 6) as usize];
    Options {
        method: ladder.contains(&EventSource).then_some(Method::Get),
        websocket: ladder.contains(&WebSocket),
        transports: Some(ladder.to_vec()),
        retry_budget: (below(random, 2) == 0).then_some(Allowance {
            capacity: 3,
            per_second: 0.5,
        }),
        overlap: below(random, 3) == 0,
        when_hidden: page::when_hidden(random),
        stall: (below(random, 3) == 0).then_some(Stall::Watch(watchdog::Limits {
            probe: Some(Span::from_secs(5)),
            ..watchdog::Limits::default()
        })),
        ..Options::default()
    }
}

fn planned(random: &mut Random, n: u64) -> Planned {
    let is_mutation = n > 0 && below(random, 4) == 0;
    let kind = if is_mutation {
        Kind::Mutation
    } else {
        Kind::Subscription
    };
    let want = if is_mutation && below(random, 2) == 0 {
        Want::Json
    } else {
        Want::Stream
    };
    let start = if n == 0 { 0 } else { below(random, FAULTS_END) };
    Planned {
        start,
        request: Request {
            want,
            continuity: rules(random).map(Box::new),
            ..Request::new(kind)
        },
        dispose: (below(random, 4) == 0).then(|| start + below(random, END - start)),
    }
}

fn rules(random: &mut Random) -> Option<Settings> {
    let key = Some(Key::Path("id".into()));
    let keyed = Settings {
        key: key.clone(),
        ..Settings::default()
    };
    let whole = Settings {
        backfill: true,
        ..keyed.clone()
    };
    let rules = match below(random, 8) {
        0 => None,
        1 => Some(keyed),
        2 => Some(Settings {
            sequence: Some("n".into()),
            ..whole
        }),
        3 => Some(Settings {
            audit: Some(Span::from_secs(20)),
            ..whole
        }),
        4 => Some(Settings {
            start_after: Some("m0".into()),
            ..whole
        }),
        5 => Some(Settings {
            max_waiting: 5,
            ..whole
        }),
        _ => Some(whole),
    };
    // Other bits of a number that is drawn anyway: worlds without it stay what they were.
    let hydrate = random.clone().bits() & 3 == 0;
    rules.map(|rules| Settings { hydrate, ..rules })
}
