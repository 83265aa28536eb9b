//! What a reading tells while it runs and when it ends.
//!
//! Owns: words and progress. Must not know what is read next.

use aftercast_model::{Place, Problem, Timestamp};

use super::Reading;
use crate::live::ask::Trouble;
use crate::live::cursor::{Pass, Window};
use crate::live::details::Stop;
use crate::live::{Ended, Order, Progress, Stream};

impl<'w> Reading<'w> {
    pub(super) fn ended(&mut self, stop: Stop) -> Ended {
        let Stream { needs, gives, optional, .. } = *self.stream;
        match stop {
            Stop::Refused { status, needs, gives } => {
                Ended::Refused { status, needs, gives, optional: false }
            }
            Stop::Trouble(Trouble::Refused(status)) => {
                if optional {
                    let name = self.stream.name;
                    self.tell(Problem::note(
                        self.place(),
                        format!(
                            "`{name}` is refused ({status}): it needs `{needs}` and gives {gives}"
                        ),
                    ));
                }
                Ended::Refused { status, needs, gives, optional }
            }
            Stop::Trouble(Trouble::Limited(until)) => Ended::Limited { until },
            Stop::Trouble(Trouble::Unreachable(why) | Trouble::Failed(why)) => {
                Ended::Failed { why }
            }
            Stop::Trouble(Trouble::Unchanged) => Ended::Done,
        }
    }

    pub(super) fn place(&self) -> Place {
        let parts = [self.world.source.name, self.subject, self.stream.name];
        let file: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Place { file: file.join(" "), line: None }
    }

    /// Keeps a problem; equal ones are told once.
    pub(super) fn tell(&mut self, problem: Problem) {
        let more = problem.count();
        let key = format!("{:?} {}", problem.severity, problem.what);
        self.problems.entry(key).and_modify(|known| known.more += more).or_insert(problem);
    }

    pub(super) fn waiting(&self) -> impl Fn(Timestamp) + Sync + use<'w> {
        let (world, subject, stream) = (self.world, self.subject, self.stream.name);
        let (pages, items) = (self.report.pages, self.report.items);
        move |until| {
            let (requests, bytes) = world.asker.counts();
            let waiting_until = Some(until);
            let progress = Progress {
                subject,
                stream,
                requests,
                bytes,
                pages,
                items,
                share: None,
                waiting_until,
            };
            (world.asker.watch.progress)(&progress);
        }
    }

    pub(super) fn progress(&self, window: Window, pass: &Pass, last: Option<Timestamp>) {
        let (requests, bytes) = self.world.asker.counts();
        let now = self.world.asker.watch.clock.now();
        let share = match self.total.filter(|total| *total > 0) {
            Some(total) => Some((pass.items as f64 / total as f64).min(1.0)),
            None => share_by_time(self.stream.order, window, last, now),
        };
        let Self { subject, stream, report, .. } = self;
        (self.world.asker.watch.progress)(&Progress {
            subject,
            stream: stream.name,
            requests,
            bytes,
            pages: report.pages,
            items: report.items,
            share,
            waiting_until: None,
        });
    }
}

/// Returns how much of a list is read where it does not say how long it is: by the time of the last
/// item between the beginning of the window and its end, or `now`.
fn share_by_time(
    order: Order,
    window: Window,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Option<f64> {
    let (since, until) = (window.since()?, window.until().unwrap_or(now));
    let whole = until.since(since);
    let read = match order {
        Order::NewestFirst => until.since(last?),
        Order::OldestFirst => last?.since(since),
        Order::Unordered => return None,
    };
    (whole > 0).then(|| (read as f64 / whole as f64).clamp(0.0, 1.0))
}
