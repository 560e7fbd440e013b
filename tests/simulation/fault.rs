//! What goes wrong, and when: drawn from a seed.

use graphql_lifeline::random::Random;

use super::world::World;

/// One kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nobody answers: connections fail.
    Down,
    /// Nobody answers the socket.
    SocketDown,
    /// Connections are taken, and nothing comes.
    Hang,
    /// Requests are refused; with what `Retry-After` says, in seconds.
    Refuse { status: u16, retry_after: u64 },
    /// Open connections break in the middle of an event, one in so many results.
    Cut { one_in: u64 },
    /// Streams end without `complete`, and sockets with 1001, one in so many results.
    End { one_in: u64 },
    /// Open connections fall silent for good, heartbeats too.
    Silence,
    /// One in so many results is left out.
    Drop { one_in: u64 },
    /// A new subscription begins with the last results again.
    Replay { last: usize },
    /// Results change places with the next one.
    Reorder,
    /// The server starts again: everything open breaks.
    Restart,
    /// The laptop sleeps: time passes, and nobody is awake.
    Sleep { ms: u64 },
    /// A result that is no JSON, one in so many.
    Garble { one_in: u64 },
    /// The server's token expires: what is open ends, and requests with the old one are refused.
    Expire,
    /// A load balancer takes another server, which knows no reserved stream, for one in so many
    /// requests.
    Balancer { one_in: u64 },
}

/// A fault and its time.
#[derive(Clone, Copy, Debug)]
pub struct Spell {
    pub from: u64,
    pub until: u64,
    pub fault: Fault,
}

/// All faults of a run; they end before `until`.
pub fn draw(random: &mut Random, until: u64) -> Vec<Spell> {
    let count = below(random, 7);
    (0..count)
        .map(|_| {
            let from = below(random, until);
            let length = [200, 2_000, 10_000, 60_000][below(random, 4) as usize];
            Spell {
                from,
                until: (from + below(random, length) + 1).min(until),
                fault: fault(random),
            }
        })
        .collect()
}

fn fault(random: &mut Random) -> Fault {
    let one_in = 1 + below(random, 8);
    match below(random, 14) {
        0 => Fault::Down,
        1 => Fault::SocketDown,
        2 => Fault::Hang,
        3 => Fault::Refuse {
            status: [429, 500, 503, 408][below(random, 4) as usize],
            retry_after: below(random, 4),
        },
        4 | 5 => Fault::Cut { one_in },
        6 => Fault::End { one_in },
        7 => Fault::Silence,
        8 => Fault::Drop { one_in },
        9 => Fault::Replay {
            last: 1 + below(random, 5) as usize,
        },
        10 => Fault::Reorder,
        11 => Fault::Restart,
        12 => Fault::Expire,
        _ if one_in > 4 => Fault::Sleep {
            ms: 1_000 + below(random, 600_000),
        },
        _ => Fault::Garble { one_in },
    }
}

impl World {
    pub fn active(&self, is: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut spells = self.plan.spells.iter();
        let spell = spells.find(|it| it.from <= self.now && self.now < it.until && is(&it.fault));
        spell.map(|spell| spell.fault)
    }

    pub fn is_hit(&mut self, is: impl Fn(&Fault) -> Option<u64>) -> bool {
        let one_in = self
            .active(|fault| is(fault).is_some())
            .and_then(|it| is(&it));
        one_in.is_some_and(|one_in| below(&mut self.random, one_in) == 0)
    }
}

/// A whole number below this.
pub fn below(random: &mut Random, limit: u64) -> u64 {
    (random.unit() * limit as f64) as u64
}
