//! How a server's heart beats: how long a connection that is well may be silent.
//!
//! Some servers beat by the clock, whatever else they send; between two beats the same time
//! passes. Others beat only after silence, as `withLifeline` does: the same time passes
//! between a beat and the sign of life before it. On a quiet stream both are the same. On a
//! busy one they are not, and what is alike from beat to beat tells which kind it is. Where
//! both are, the longer time holds: to be late does less harm than to cut what is well.
//!
//! A new connection has no beats to learn from, and inherits what was learned on the same
//! transport. Where that has become wrong it would cut what is well for ever. So it is
//! forgotten once two in a row that inherited it have stalled and had not shown one beat.
//!
//! What a client learns holds for one server. Its `url` may be a function and name another
//! one, which the core is not told: two stalls are the price of that.

use crate::config::Transport;
use crate::time::{Instant, Span};

/// Beats that are remembered.
const REMEMBERED: usize = 8;
/// As many make a rhythm, behind the first.
const ENOUGH: usize = 3;
/// Beats closer together than this are one: some servers send a few to begin with. Signs of
/// life closer together have come in one piece: what is between them is the network's.
const APART: Span = Span::from_millis(500);
/// However fast the rhythm: networks have longer hiccups than three quick beats.
const LEAST_PATIENCE: Span = Span::from_secs(10);
/// As many connections in a row may stall for an inherited rhythm that they do not show.
const FUTILE: u32 = 2;

/// What a new connection is told of those before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heritage {
    longest: Option<Span>,
    /// When it was told; see [`Known`].
    era: u32,
}

/// A beat, and what was before it.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    /// Since the beat before.
    between: Span,
    /// Since the sign of life before.
    since: Span,
    /// The longest silence since the beat before.
    silence: Span,
}

/// The rhythm of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    heritage: Heritage,
    learned: Option<Span>,
    /// The last sign of life.
    heard: Instant,
    /// The first of those that have come in one piece with it.
    piece: Instant,
    /// The silence before that.
    silence: Span,
    /// The longest one since the last beat.
    longest: Span,
    /// The last beat, and the last one that was counted.
    last: Option<(Instant, Instant)>,
    /// The newest first.
    beats: [Beat; REMEMBERED],
    count: usize,
}

impl Rhythm {
    /// Begins with the connection.
    #[must_use]
    pub fn new(heritage: Heritage, now: Instant) -> Self {
        Self {
            heritage,
            learned: None,
            heard: now,
            piece: now,
            silence: Span::ZERO,
            longest: Span::ZERO,
            last: None,
            beats: [Beat::default(); REMEMBERED],
            count: 0,
        }
    }

    /// How long silence may last; `None`: for ever.
    #[must_use]
    pub fn patience(&self) -> Option<Span> {
        let longest = self.learned.or(self.heritage.longest)?;
        Some((longest * 3).max(LEAST_PATIENCE))
    }

    /// Any sign of life.
    pub fn sign(&mut self, now: Instant) {
        if now.since(self.piece) >= APART {
            self.silence = now.since(self.heard);
            self.piece = now;
            self.longest = self.longest.max(self.silence);
            self.stretch();
        }
        self.heard = now;
    }

    /// Silence that has ended well was not too long. What is longer than patience was
    /// nobody's silence: nobody was awake.
    fn stretch(&mut self) {
        let patience = self.patience();
        if let Some(longest) = &mut self.heritage.longest
            && patience >= Some(self.silence)
        {
            *longest = (*longest).max(self.silence);
        }
    }

    /// A sign of life that is a beat.
    pub fn beat(&mut self, now: Instant) {
        self.sign(now);
        let Some((last, counted)) = self.last else {
            self.last = Some((now, now));
            self.longest = Span::ZERO;
            return;
        };
        let between = now.since(last);
        if between >= APART {
            self.remember(between, now);
        } else if now.since(counted) >= LEAST_PATIENCE {
            // A burst would have ended by now: so fast is its rhythm.
            self.remember(APART, now);
        } else {
            self.last = Some((now, counted));
        }
    }

    fn remember(&mut self, between: Span, now: Instant) {
        self.last = Some((now, now));
        self.beats.rotate_right(1);
        if let Some(newest) = self.beats.first_mut() {
            *newest = Beat {
                between,
                since: self.silence,
                silence: self.longest,
            };
        }
        self.longest = Span::ZERO;
        self.count = (self.count + 1).min(REMEMBERED);
        self.learned = self.learn();
        if self.learned.is_some() {
            self.heritage.longest = None;
        }
    }

    /// The longest silence of the last beats, if there are enough of them and they are alike.
    fn learn(&self) -> Option<Span> {
        let known = self.beats.get(..self.count)?;
        if known.len() < ENOUGH {
            return None;
        }
        let between = Likeness::new(known, |beat| beat.between);
        let since = Likeness::new(known, |beat| beat.since);
        // Signs of life closer than that are one, and measure nothing.
        let may_be_silence = since.is_alike && since.median >= APART;
        let is_quiet = since.median * 8 >= between.median * 7;
        let (median, longest) = if may_be_silence && (is_quiet || !between.is_alike) {
            let silence = known.iter().map(|beat| beat.silence).max()?;
            (since.median, silence)
        } else {
            (between.median, between.longest)
        };
        // Beats that come in bundles, held up by a proxy, are no rhythm.
        (longest <= median * 3).then_some(longest)
    }

    /// Has it shown a beat? What a server greets with is one: if it is silent after that, it
    /// has rather died than ceased to beat.
    const fn has_beaten(&self) -> bool {
        self.last.is_some()
    }
}

/// How much alike some times are.
struct Likeness {
    median: Span,
    longest: Span,
    /// Three of four are within an eighth of the median, and none is far beyond it. The others
    /// were late, or the next after one that was.
    is_alike: bool,
}

impl Likeness {
    fn new(known: &[Beat], time: impl Fn(&Beat) -> Span) -> Self {
        let mut times = [Span::ZERO; REMEMBERED];
        for (slot, beat) in times.iter_mut().zip(known) {
            *slot = time(beat);
        }
        let times = times.get_mut(..known.len()).unwrap_or_default();
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let longest = times.last().copied().unwrap_or_default();
        let is_near = |&&time: &&Span| time * 8 >= median * 7 && time * 8 <= median * 9;
        let near = times.iter().filter(is_near).count();
        Self {
            median,
            longest,
            is_alike: near * 4 >= times.len() * 3 && longest <= median * 3,
        }
    }
}

/// What is known of one transport.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    longest: Option<Span>,
    /// The connections in a row that stalled without a beat.
    futile: u32,
    /// Each of those begins another. What older connections say then is late news: they know
    /// nothing of what new ones meet.
    era: u32,
}

/// The rhythms that a client has learned: one for each transport, since they do not show the
/// same beats. EventSource hides comments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rhythms([Known; Transport::ALL.len()]);

impl Rhythms {
    /// For a connection that begins.
    #[must_use]
    pub fn heritage(&self, transport: Transport) -> Heritage {
        let known = self.0.get(transport as usize).copied().unwrap_or_default();
        Heritage {
            longest: known.longest,
            era: known.era,
        }
    }

    /// A connection has shown a beat.
    pub fn on_beat(&mut self, transport: Transport, rhythm: &Rhythm) {
        if let Some(known) = self.of(transport, rhythm) {
            known.futile = 0;
            known.longest = rhythm.learned.or(known.longest);
        }
    }

    /// A connection has stalled and is replaced.
    pub fn on_stalled(&mut self, transport: Transport, rhythm: &Rhythm) {
        if rhythm.heritage.longest.is_none() || rhythm.has_beaten() {
            return;
        }
        if let Some(known) = self.of(transport, rhythm) {
            known.era += 1;
            known.futile += 1;
            if known.futile >= FUTILE {
                known.futile = 0;
                known.longest = None;
            }
        }
    }

    /// What is known, if the connection may change it.
    fn of(&mut self, transport: Transport, rhythm: &Rhythm) -> Option<&mut Known> {
        let known = self.0.get_mut(transport as usize)?;
        (known.era == rhythm.heritage.era).then_some(known)
    }
}
