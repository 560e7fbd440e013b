//! In which worlds a rung is sick while another is well: drawn from a seed.

use graphql_lifeline::config::{Method, Options, Transport};
use graphql_lifeline::document::Kind;
use graphql_lifeline::random::Random;
use graphql_lifeline::reservation::Sharing;
use graphql_lifeline::response::Want;

use super::fault::below;
use super::plan::{FAULTS_END, Plan};
use super::sickness::{NEVER, Sickness, Symptom};

use Transport::{EventSource, Fetch, WebSocket};

impl Plan {
    /// In a quarter of all worlds nothing else goes wrong, and nothing is set but the ladder; in
    /// others it comes on top. Not where operations share streams or wait for room: what they
    /// then owe each other is in no bound.
    pub fn sicken(&mut self, random: &mut Random) {
        let is_alone = self.options.sharing == Sharing::Never && self.slots.is_none();
        match below(random, 4) {
            0 => self.calm(random),
            1 | 2 if is_alone => {}
            _ => return,
        }
        let sickness = self.sickness(random);
        self.sicknesses.extend(sickness);
    }

    fn calm(&mut self, random: &mut Random) {
        let ladder: Option<Vec<Transport>> = match below(random, 8) {
            0 | 1 => Some(vec![WebSocket, Fetch]),
            2 => Some(vec![Fetch]),
            _ => None,
        };
        let has_socket = ladder.as_ref().is_none_or(|it| it.contains(&WebSocket));
        let gets = ladder.is_none() && below(random, 4) == 0;
        self.options = Options {
            method: gets.then_some(Method::Get),
            websocket: has_socket,
            transports: ladder,
            ..Options::default()
        };
        for it in &mut self.operations {
            it.request.kind = Kind::Subscription;
            it.request.want = Want::Stream;
        }
        self.spells.clear();
        self.aways.clear();
        self.reconnects.clear();
        self.tabs.clear();
        (self.lifetime, self.slots, self.reserves) = (None, None, true);
    }

    /// Does nothing go wrong but with one rung?
    pub fn is_calm(&self) -> bool {
        self.spells.is_empty() && self.aways.is_empty()
    }

    /// The better rung is sick, mostly.
    fn sickness(&mut self, random: &mut Random) -> Option<Sickness> {
        let gets = self.options.method == Some(Method::Get);
        let ladder = match &self.options.transports {
            Some(ladder) => ladder.clone(),
            None if gets => vec![EventSource, Fetch, WebSocket],
            None => vec![Fetch, WebSocket],
        };
        let count = self.operations.len() as u64;
        if self.is_calm() && ladder.first() == Some(&Fetch) && below(random, 8) == 0 {
            return Some(self.idle_limit(random));
        }
        let is_of_one = count > 1 && (ladder.len() == 1 || below(random, 4) == 0);
        if ladder.len() == 1 && !is_of_one {
            return None;
        }
        let sick = match below(random, 8) {
            0 => *ladder.last()?,
            _ => *ladder.first()?,
        };
        let is_socket = sick == WebSocket;
        // Both that lead to one address, but for the rare thing between that dislikes one.
        let transports = match sick {
            WebSocket => vec![WebSocket],
            EventSource if below(random, 4) == 0 => vec![EventSource],
            EventSource | Fetch => vec![EventSource, Fetch],
        };
        let from = if below(random, 3) > 0 {
            0
        } else {
            below(random, FAULTS_END)
        };
        Some(Sickness {
            transports,
            op: is_of_one.then(|| below(random, count) as usize),
            from,
            until: if below(random, 4) > 0 {
                NEVER
            } else {
                (from + 1 + below(random, FAULTS_END)).min(FAULTS_END)
            },
            symptom: match (is_socket, is_of_one) {
                (true, true) => closes(random),
                (true, false) => of_socket(random),
                (false, true) => of_one(random),
                (false, false) => of_rung(random),
            },
        })
    }
    /// Only where little is said is it felt.
    fn idle_limit(&mut self, random: &mut Random) -> Sickness {
        (self.pace, self.heartbeat) = (15_000, 30_000);
        let limit = [2_500, 3_000][below(random, 2) as usize];
        Sickness {
            transports: vec![EventSource, Fetch],
            op: None,
            from: 0,
            until: NEVER,
            symptom: Symptom::IdleLimit { limit },
        }
    }
}

fn young(random: &mut Random) -> u64 {
    [200, 1_000, 3_000][below(random, 3) as usize]
}

fn silent(random: &mut Random) -> Symptom {
    let age = [2_000, 8_000, 20_000, 65_000][below(random, 4) as usize];
    Symptom::Silent { age }
}

fn refused(random: &mut Random) -> Symptom {
    let statuses = [
        400, 403, 404, 405, 406, 410, 421, 500, 501, 502, 503, 504, 429,
    ];
    let status = statuses[below(random, statuses.len() as u64) as usize];
    let waits = matches!(status, 503 | 429) && below(random, 2) == 0;
    let retry_after = waits.then(|| [2, 30, 600][below(random, 3) as usize]);
    Symptom::Refused {
        status,
        retry_after,
    }
}

fn of_rung(random: &mut Random) -> Symptom {
    match below(random, 9) {
        0 | 1 => refused(random),
        2 => Symptom::Json,
        3 => Symptom::NoHead,
        4 => Symptom::Unreachable,
        5 => Symptom::AsksToWait { age: young(random) },
        6 | 7 => silent(random),
        _ => Symptom::Cut { age: young(random) },
    }
}

fn of_one(random: &mut Random) -> Symptom {
    match below(random, 6) {
        0 => refused(random),
        1 => Symptom::Json,
        2 => Symptom::NoHead,
        _ => Symptom::Throws { age: young(random) },
    }
}

fn of_socket(random: &mut Random) -> Symptom {
    match below(random, 8) {
        0 => Symptom::NoHead,
        1 => Symptom::Unreachable,
        2 | 3 => silent(random),
        4 => Symptom::Cut { age: young(random) },
        5 => {
            let codes = [1000, 1005, 4400, 4406, 4429];
            let code = codes[below(random, codes.len() as u64) as usize];
            Symptom::ClosesEarly { code }
        }
        _ => closes(random),
    }
}

fn closes(random: &mut Random) -> Symptom {
    let codes = [1002, 1009, 1011, 1011, 4400, 4500];
    let code = codes[below(random, codes.len() as u64) as usize];
    Symptom::Closes { code }
}
