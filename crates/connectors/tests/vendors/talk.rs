//! What people say about the made-up world: questions for approval with answers, chatter, incidents.

use super::World;

/// A message: when, by whom, in which thread, what.
pub struct Said {
    /// When.
    pub at: i64,
    /// By whom.
    pub by: &'static str,
    /// When the first message of its thread was written.
    pub thread: i64,
    /// What.
    pub text: String,
}

/// What is said about the deployments and incidents of the runs that exist.
pub fn said(world: &World, visible: usize) -> Vec<Said> {
    let mut said = Vec::new();
    let mut say = |at, by, thread, text: String| said.push(Said { at, by, thread, text });
    for deployment in world.deployments.iter().filter(|one| one.run <= visible) {
        let (asked, number) = (deployment.asked_at, deployment.number);
        say(asked - 4_000, "U0ANNA", asked - 4_000, "morning all :wave:".to_owned());
        say(asked, "U0BEN", asked, format!("can I get approval to push build {number} to prod?"));
        say(asked + 20_000, "U0CLEO", asked, "let me look at the dashboards first".to_owned());
        say(asked + 30_000, "U0BEN", asked, "take your time".to_owned());
        say(deployment.approved_at, "U0CLEO", asked, "approved, go ahead".to_owned());
        say(deployment.approved_at + 1_000, "U0BEN", asked, "thanks!".to_owned());
    }
    let exists = |number: usize| world.deployments[number - 1].run <= visible;
    for incident in world.incidents.iter().filter(|one| exists(one.deployment)) {
        let at = incident.detected_at;
        say(at, "U0ANNA", at, format!("SEV2: {}", incident.title));
        say(at + 60_000, "U0BEN", at + 60_000, "did we roll back already?".to_owned());
    }
    said.sort_by_key(|message| message.at);
    said
}
