//! A made-up world: runs with jobs, change requests, deployments with approvals, incidents, chat.
//!
//! Owns: what happened, the same for every vendor; deterministic. Vendors render the part that their
//! system knows. Times are milliseconds since 1970, whole seconds.

/// When the first thing of every world happens: 2026-09-01T08:00:00Z.
pub const BEGIN: i64 = 1_788_249_600_000;
/// How far runs lie apart.
const STEP: i64 = 17 * 60 * 1000;

/// Everything that happened.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// In order of creation, a run each [`STEP`].
    pub runs: Vec<Run>,
    /// A change request each third run.
    pub changes: Vec<Change>,
    /// A deployment each fifth run, by the same commit.
    pub deployments: Vec<Deployment>,
    /// An incident each fourth deployment.
    pub incidents: Vec<Incident>,
}

/// A pipeline run, its last attempt.
#[derive(Debug, Clone)]
pub struct Run {
    /// From 1.
    pub number: usize,
    /// 40 hexadecimal digits.
    pub sha: String,
    /// Attempts: 2 for each 20th run, whose first attempt failed.
    pub attempts: usize,
    /// How it ended in the end.
    pub ended: Ended,
    /// When it was asked for.
    pub queued_at: i64,
    /// When it began.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: i64,
    /// Its jobs, one after the other.
    pub jobs: Vec<Job>,
}

/// A job of a run.
#[derive(Debug, Clone)]
pub struct Job {
    /// From 1 over all runs.
    pub number: usize,
    /// `build`, `test` or `deploy`.
    pub name: &'static str,
    /// How it ended.
    pub ended: Ended,
    /// When it was asked for.
    pub queued_at: i64,
    /// When it began.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: i64,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Well.
    Well,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// A change request, merged.
#[derive(Debug, Clone)]
pub struct Change {
    /// From 1.
    pub number: usize,
    /// The commit that it became.
    pub sha: String,
    /// When it was opened.
    pub opened_at: i64,
    /// When the first other person looked.
    pub reviewed_at: i64,
    /// When it was approved.
    pub approved_at: i64,
    /// When it was merged.
    pub merged_at: i64,
}

/// A deployment to production.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// From 1.
    pub number: usize,
    /// The run that deployed.
    pub run: usize,
    /// The commit.
    pub sha: String,
    /// When the approval was asked for, and the deployment created.
    pub asked_at: i64,
    /// When it was approved.
    pub approved_at: i64,
    /// When it began.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: i64,
    /// How it ended.
    pub ended: Ended,
}

/// An incident.
#[derive(Debug, Clone)]
pub struct Incident {
    /// From 1.
    pub number: usize,
    /// The deployment before it.
    pub deployment: usize,
    /// Its title.
    pub title: String,
    /// When users began to feel it.
    pub started_at: i64,
    /// When it was noticed.
    pub detected_at: i64,
    /// When somebody took it.
    pub acknowledged_at: i64,
    /// When users stopped feeling it.
    pub mitigated_at: i64,
    /// When it was closed; the last is still open.
    pub resolved_at: Option<i64>,
}

impl World {
    /// Returns the world with so many runs.
    pub fn new(runs: usize) -> Self {
        let mut world = Self::default();
        for number in 1..=runs {
            world.add_run(number);
            if number.is_multiple_of(3) {
                world.add_change(number);
            }
            if number.is_multiple_of(5) {
                world.add_deployment(number);
            }
        }
        if let Some(last) = world.incidents.last_mut() {
            last.resolved_at = None;
        }
        world
    }

    fn add_run(&mut self, number: usize) {
        let at = BEGIN + STEP * i64::try_from(number).unwrap();
        let ended = match number % 10 {
            3 => Ended::Failed,
            7 => Ended::Cancelled,
            _ => Ended::Well,
        };
        let mut begins = at + 30_000;
        let mut jobs = Vec::new();
        for (index, name) in ["build", "test", "deploy"].into_iter().enumerate() {
            let last = index == 2;
            let job_ended = if last { ended } else { Ended::Well };
            let takes = 60_000 * (1 + i64::try_from((number + index) % 5).unwrap());
            jobs.push(Job {
                number: (number - 1) * 3 + index + 1,
                name,
                ended: job_ended,
                queued_at: begins,
                started_at: begins + 5_000,
                finished_at: begins + 5_000 + takes,
            });
            begins += 5_000 + takes;
        }
        self.runs.push(Run {
            number,
            sha: sha(number),
            attempts: if number.is_multiple_of(20) { 2 } else { 1 },
            ended,
            queued_at: at,
            started_at: at + 30_000,
            finished_at: begins,
            jobs,
        });
    }

    fn add_change(&mut self, run: usize) {
        let merged_at = BEGIN + STEP * i64::try_from(run).unwrap() - 60_000;
        self.changes.push(Change {
            number: self.changes.len() + 1,
            sha: sha(run),
            opened_at: merged_at - 7_200_000,
            reviewed_at: merged_at - 3_600_000,
            approved_at: merged_at - 600_000,
            merged_at,
        });
    }

    fn add_deployment(&mut self, run: usize) {
        let asked_at = self.runs[run - 1].finished_at;
        let number = self.deployments.len() + 1;
        let wait = 60_000 * (1 + i64::try_from(number % 30).unwrap());
        self.deployments.push(Deployment {
            number,
            run,
            sha: sha(run),
            asked_at,
            approved_at: asked_at + wait,
            started_at: asked_at + wait + 2_000,
            finished_at: asked_at + wait + 122_000,
            ended: if number.is_multiple_of(9) { Ended::Failed } else { Ended::Well },
        });
        if number.is_multiple_of(4) {
            let started_at = asked_at + wait + 600_000;
            self.incidents.push(Incident {
                number: self.incidents.len() + 1,
                deployment: number,
                title: format!("Checkout is slow {number}"),
                started_at,
                detected_at: started_at + 120_000,
                acknowledged_at: started_at + 300_000,
                mitigated_at: started_at + 1_500_000,
                resolved_at: Some(started_at + 1_800_000),
            });
        }
    }
}

/// Returns a commit for a run: 40 hexadecimal digits.
pub fn sha(run: usize) -> String {
    format!("{:040x}", run * 7919 + 0x00ab_cdef)
}

/// Returns `2026-09-01T08:00:00Z`.
pub fn rfc3339(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap().to_string()
}
