//! Pulling: what the connected systems have, since the last time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aftercast_connectors::live::{
    Ended, Planned, Progress, PullError, PullReport, SystemClock, Target, Watch, plan, pull,
};
use aftercast_ledger::Horizon;
use aftercast_model::Timestamp;

use super::drain::{Desk, drain};
use super::home::Store;
use super::ingest::Tally;
use super::keep::Keeper;
use super::{Home, Session, Tick, import, present};
use crate::closest::did_you_mean;
use crate::config::SourceRule;
use crate::error::{Failure, Kind, Outcome};

/// What to pull.
#[derive(Debug, Clone, Default)]
pub(crate) struct SyncRequest {
    /// The names of sources; all where there are none.
    pub(crate) sources: Vec<String>,
    /// Nothing older.
    pub(crate) since: Option<Timestamp>,
    /// Nothing from this on.
    pub(crate) until: Option<Timestamp>,
}

/// What a pull of all sources came to.
#[derive(Debug)]
pub(crate) struct Synced {
    /// Each source, in the order of the settings.
    pub(crate) sources: Vec<SourceSynced>,
    /// What had been received and was converted first.
    pub(crate) received: Tally,
}

/// What the pull of one source came to.
#[derive(Debug)]
pub(crate) struct SourceSynced {
    /// Its name in the settings.
    pub(crate) name: String,
    /// Its lists; why there are none.
    pub(crate) lists: Outcome<Vec<ListSynced>>,
}

/// What the pull of one list came to.
#[derive(Debug)]
pub(crate) struct ListSynced {
    /// For what.
    pub(crate) subject: String,
    /// Which list.
    pub(crate) stream: &'static str,
    /// Items read.
    pub(crate) items: u64,
    /// Requests made.
    pub(crate) requests: u64,
    /// How it ended.
    pub(crate) ended: Ended,
    /// Rows and problems.
    pub(crate) tally: Tally,
}

impl Synced {
    /// Returns the kind of what went wrong; what must be mended by a person first.
    pub(crate) fn failure(&self) -> Option<Kind> {
        let mut kinds = Vec::new();
        for source in &self.sources {
            match &source.lists {
                Err(failure) => kinds.push(failure.kind),
                Ok(lists) => kinds.extend(lists.iter().filter_map(ListSynced::failure)),
            }
        }
        let order = [Kind::Usage, Kind::Authorisation, Kind::Network, Kind::Data];
        order.into_iter().find(|kind| kinds.contains(kind))
    }
}

impl ListSynced {
    fn failure(&self) -> Option<Kind> {
        match self.ended {
            Ended::Refused { optional: false, .. } => Some(Kind::Authorisation),
            Ended::Limited { .. } | Ended::Failed { .. } => Some(Kind::Network),
            Ended::Done | Ended::Refused { .. } if 0 < self.tally.lost => Some(Kind::Data),
            Ended::Done | Ended::Refused { .. } => None,
        }
    }
}

/// Pulls the sources, all at once; what was received by `aftercast serve` becomes facts first.
pub(crate) async fn sync(session: &Session, request: &SyncRequest) -> Outcome<Synced> {
    let rules = chosen(session, &request.sources)?;
    let store = Arc::new(Home::find(session)?.open(session).await?);
    let desk = Desk::open(session, &store).await?;
    let received = drain(&store, &desk, present()).await?;
    let mut pulling = tokio::task::JoinSet::new();
    for (number, rule) in rules.iter().enumerate() {
        let target = target(session, rule, request);
        let work = Work {
            rule: (*rule).clone(),
            desk: desk.clone(),
            store: store.clone(),
            tell: session.progress.clone(),
        };
        // Conversions would keep others waiting: each source has a thread of its own.
        let runtime = tokio::runtime::Handle::current();
        pulling.spawn_blocking(move || (number, runtime.block_on(work.run(target))));
    }
    let mut lists: Vec<_> = rules.iter().map(|_| None).collect();
    while let Some(ended) = pulling.join_next().await {
        let (number, result) = ended?;
        if let Some(slot) = lists.get_mut(number) {
            *slot = Some(result);
        }
    }
    (session.progress)(Tick::Done);
    store.ledger.clone().close().await;
    let interrupted = || Err(Failure::data("the pull ended unexpectedly"));
    let sources = rules.iter().zip(lists).map(|(rule, lists)| SourceSynced {
        name: rule.name.clone(),
        lists: lists.unwrap_or_else(interrupted),
    });
    Ok(Synced { sources: sources.collect(), received })
}

/// Returns what would be asked first, without asking.
pub(crate) fn plan_sync(
    session: &Session,
    request: &SyncRequest,
) -> Outcome<Vec<(String, Vec<Planned>)>> {
    let clock = SystemClock;
    let watch = Watch::new(&clock);
    chosen(session, &request.sources)?
        .into_iter()
        .map(|rule| {
            let target = target(session, rule, request)?;
            let planned = plan(rule.source, &target, &watch).map_err(told)?;
            Ok((rule.name.clone(), planned))
        })
        .collect()
}

/// Returns the sources that are meant; only those that can be pulled where none is named.
pub(super) fn chosen<'a>(session: &'a Session, names: &[String]) -> Outcome<Vec<&'a SourceRule>> {
    let all = session.config.sources();
    if all.is_empty() {
        return Err(Failure::usage("no source is connected")
            .hint("`aftercast init` proposes a configuration for what it finds here"));
    }
    if names.is_empty() {
        return Ok(all.iter().filter(|rule| rule.is_pulled()).collect());
    }
    names
        .iter()
        .map(|name| {
            all.iter().find(|rule| rule.name == *name).ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|rule| rule.name.as_str()).collect();
                let meant = did_you_mean(name, known.iter().copied());
                Failure::usage(format!("no source is called `{name}`{meant}"))
                    .hint(format!("sources are `{}`", known.join("`, `")))
            })
        })
        .collect()
}

/// Returns the target of a source; its secret is read now.
pub(super) fn target(
    session: &Session,
    rule: &SourceRule,
    request: &SyncRequest,
) -> Outcome<Target> {
    let secret = rule.secret.as_ref().map(|place| place.read(&session.start)).transpose()?;
    Ok(Target {
        url: rule.url.clone(),
        auth: rule.auth,
        secret,
        subjects: rule.subjects.clone(),
        settings: rule.settings.clone(),
        allow: rule.allow.clone(),
        per_minute: rule.per_minute,
        since: request.since,
        until: request.until,
    })
}

/// All that the pull of one source needs, to move to a task of its own.
struct Work {
    rule: SourceRule,
    desk: Desk,
    store: Arc<Store>,
    tell: super::Watch,
}

impl Work {
    async fn run(self, target: Outcome<Target>) -> Outcome<Vec<ListSynced>> {
        let target = target?;
        let started_at = present();
        let mut keeper = Keeper::new(self.store.clone(), &self.rule);
        let context = self.desk.context();
        let clock = SystemClock;
        let name = self.rule.name.as_str();
        let began = Mutex::new((String::new(), std::time::Instant::now()));
        let progress = |progress: &Progress<'_>| {
            let list = format!("{name} {} {}", progress.subject, progress.stream);
            let Ok(mut began) = began.lock() else { return };
            if began.0 != list {
                *began = (list.clone(), std::time::Instant::now());
            }
            (self.tell)(Tick::Pulled {
                list,
                items: progress.items,
                share: progress.share,
                since: began.1,
                waiting_until: progress.waiting_until,
            });
        };
        let watch = Watch { progress: &progress, ..Watch::new(&clock) };
        let report = pull(self.rule.source, &target, &context, &mut keeper, &watch).await;
        let mut total = keeper.total();
        let report = report.map_err(told);
        for stream in report.iter().flat_map(|report| &report.streams) {
            total.add_problems(stream.problems.clone());
        }
        let inputs: Vec<PathBuf> = self.rule.subjects.iter().map(PathBuf::from).collect();
        import::log(&self.store, name, &inputs, started_at, &total).await?;
        let report = report?;
        self.remember(&report, &target, started_at).await?;
        Ok(lists(report, &mut keeper))
    }

    /// Notes until when each list that was read to its end is known.
    async fn remember(
        &self,
        report: &PullReport,
        target: &Target,
        started_at: Timestamp,
    ) -> Outcome<()> {
        for stream in report.streams.iter().filter(|stream| stream.ended == Ended::Done) {
            let until = target.until.map_or(started_at, |until| until.min(started_at));
            let horizon = Horizon {
                source: self.rule.name.clone(),
                subject: stream.subject.clone(),
                stream: stream.stream.to_owned(),
                known_from: target.since,
                known_until: until,
            };
            self.store.ledger.save_horizon(&horizon).await?;
        }
        Ok(())
    }
}

fn lists(report: PullReport, keeper: &mut Keeper) -> Vec<ListSynced> {
    let list = |stream: aftercast_connectors::live::StreamReport| {
        let key = (stream.subject.clone(), stream.stream.to_owned());
        let mut tally = keeper.tallies.remove(&key).unwrap_or_default();
        tally.add_problems(stream.problems);
        ListSynced {
            subject: stream.subject,
            stream: stream.stream,
            items: stream.items,
            requests: stream.requests,
            ended: stream.ended,
            tally,
        }
    };
    report.streams.into_iter().map(list).collect()
}

/// What a person must do when nothing could be pulled at all.
pub(super) fn told(error: PullError) -> Failure {
    match error {
        PullError::Keep(cause) => match cause.downcast::<aftercast_lake::LakeError>() {
            Ok(lake) => Failure::from(*lake),
            Err(cause) => match cause.downcast::<aftercast_ledger::LedgerError>() {
                Ok(ledger) => Failure::from(*ledger),
                Err(cause) => Failure::usage(format!("cannot store what was read: {cause}")),
            },
        },
        error => Failure::usage(error).hint("`aftercast config explain` shows what is set"),
    }
}
