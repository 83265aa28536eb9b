//! Messages of one thread together: signals of each, and the question that was answered.
//!
//! Owns: who may answer whom, and what a wait rests on. A question and the first yes of another person
//! in the same thread are one wait; a yes elsewhere cannot be paired and is a signal only. Must not
//! know formats or words.

use aftercast_model::Timestamp;

use crate::chat::classify::{Heard, Spoken, heard, says_no};
use crate::chat::kept::{Kept, KeptApproval, KeptSignal};
use crate::chat::sayings;
use crate::chat::settings::{Channel, ChatRules};
use crate::sink::Sink;

/// How far the times of a wait can be trusted, in percent.
const BY_MESSAGE: i64 = 70;
const BY_REACTION: i64 = 60;
const BY_REACTION_WITHOUT_TIME: i64 = 40;

/// Messages that belong together.
#[derive(Debug)]
pub(crate) struct Thread<'a> {
    /// Where they were written.
    pub(crate) channel: Channel<'a>,
    /// In any order; the same message may come twice.
    pub(crate) messages: Vec<Message<'a>>,
}

/// A message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message<'a> {
    /// What names it in its channel.
    pub(crate) id: &'a str,
    /// The first message of its thread; its own id where there is none.
    pub(crate) thread: &'a str,
    /// When it was written.
    pub(crate) at: Option<Timestamp>,
    /// When it was last changed.
    pub(crate) edited_at: Option<Timestamp>,
    /// The author's native id.
    pub(crate) author: Option<&'a str>,
    /// Whether a program wrote it, and what that is called.
    pub(crate) by_program: bool,
    /// What the program is called.
    pub(crate) program: &'a str,
    /// What it says.
    pub(crate) text: std::borrow::Cow<'a, str>,
    /// Where a person can look at it.
    pub(crate) url: Option<String>,
    /// What others put under it.
    pub(crate) reactions: Vec<Reaction<'a>>,
}

/// A sign of one person under a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reaction<'a> {
    /// Its name without colons, or the character.
    pub(crate) name: &'a str,
    /// Who put it there.
    pub(crate) by: &'a str,
    /// When, where the system tells.
    pub(crate) at: Option<Timestamp>,
}

/// A question and how it was answered.
struct Question {
    /// Its place in the thread.
    index: usize,
    answer: Option<Given>,
}

struct Given {
    approved: bool,
    by: Option<usize>,
    reaction: Option<(String, Option<Timestamp>)>,
}

/// Writes what was said in `thread`.
pub(crate) fn convert(thread: Thread<'_>, sink: &mut Sink<'_>) {
    let rules = &sink.context().rules.chat;
    let channel = thread.channel;
    let messages = in_order(thread.messages);
    let (found, questions) = listen(&messages, channel.name, rules);
    let mut kept = Kept {
        channel: channel.name.to_owned(),
        channel_id: channel.id.map(str::to_owned),
        ..Kept::default()
    };
    for (message, heard) in messages.iter().zip(&found) {
        let Some(said_at) = message.at else { continue };
        let author = sink.pseudonym(message.author, message.by_program);
        for heard in heard {
            kept.signals.push(KeptSignal {
                id: format!("{}/{}/{}", message.id, named(message, &author), heard.kind),
                kind: heard.kind.to_owned(),
                said_at: said_at.millis(),
                observed_at: message.edited_at.unwrap_or(said_at).millis(),
                thread: message.thread.to_owned(),
                author_key: author.clone(),
                url: message.url.clone().unwrap_or_default(),
                quote: heard.quote.clone(),
                rule: heard.rule.clone(),
            });
        }
    }
    for question in &questions {
        kept.approvals.extend(approval(question, &messages, channel, sink));
    }
    kept.write(sink);
}

/// Returns whether a question for approval in `thread` waits for its answer, by the usual words.
pub(crate) fn asks_without_answer(thread: Thread<'_>) -> bool {
    let messages = in_order(thread.messages);
    let (_, questions) = listen(&messages, thread.channel.name, &ChatRules::default());
    questions.iter().any(|question| !question.answer.as_ref().is_some_and(|given| given.approved))
}

/// Sorts by time; of two versions of a message the later stays.
fn in_order(mut messages: Vec<Message<'_>>) -> Vec<Message<'_>> {
    messages.retain(|message| message.at.is_some() && !message.id.is_empty());
    messages.sort_by(|a, b| {
        (a.at, a.id, b.edited_at, &b.text).cmp(&(b.at, b.id, a.edited_at, &a.text))
    });
    messages.dedup_by(|later, first| later.id == first.id);
    messages
}

/// Returns the signals of each message, and the questions for approval.
fn listen(
    messages: &[Message<'_>],
    channel: &str,
    rules: &ChatRules,
) -> (Vec<Vec<Heard>>, Vec<Question>) {
    let mut questions: Vec<Question> = Vec::new();
    let mut found = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let asked = |question: &Question| messages.get(question.index);
        let is_open =
            |question: &Question| !question.answer.as_ref().is_some_and(|given| given.approved);
        // Only another person may answer, and only what is still open.
        let open = questions.iter().rposition(|question| {
            let same_thread = asked(question).is_some_and(|asked| {
                asked.thread == message.thread && asked.author != message.author
            });
            same_thread && is_open(question) && !message.by_program
        });
        let spoken = Spoken {
            text: &message.text,
            channel,
            by_program: message.by_program,
            program: message.program,
            answers: open.is_some(),
        };
        let heard = heard(&spoken, rules);
        let has = |kind: &str| heard.iter().any(|heard| heard.kind == kind);
        if has("approval_asked") {
            // Asked again by the same person, before an answer, it is the same wait.
            let again = questions.iter().any(|question| {
                asked(question).is_some_and(|asked| {
                    asked.thread == message.thread && asked.author == message.author
                }) && is_open(question)
            });
            if !again {
                questions.push(Question { index, answer: by_reaction(message) });
            }
        } else if let Some(question) = open.and_then(|open| questions.get_mut(open)) {
            if has("approval_given") {
                question.answer = Some(Given { approved: true, by: Some(index), reaction: None });
            } else if question.answer.is_none() && says_no(&message.text, rules) {
                question.answer = Some(Given { approved: false, by: Some(index), reaction: None });
            }
        }
        found.push(heard);
    }
    (found, questions)
}

/// Returns the answer that was put under a question.
fn by_reaction(question: &Message<'_>) -> Option<Given> {
    let others =
        || question.reactions.iter().filter(|reaction| Some(reaction.by) != question.author);
    let is = |reaction: &Reaction<'_>, list: &[&str]| {
        // `+1::skin-tone-2` is `+1`.
        let name = reaction.name.split("::").next().unwrap_or_default();
        list.iter().any(|known| known.trim_matches(':') == name)
    };
    let given = |reaction: &Reaction<'_>, approved| Given {
        approved,
        by: None,
        reaction: Some((reaction.by.to_owned(), reaction.at)),
    };
    let first = |list: &[&str]| {
        let of = others().filter(|reaction| is(reaction, list));
        of.min_by_key(|reaction| (reaction.at.is_none(), reaction.at)).copied()
    };
    match (first(sayings::YES_EMOJI), first(sayings::NO_EMOJI)) {
        (Some(yes), _) => Some(given(&yes, true)),
        (None, Some(no)) => Some(given(&no, false)),
        (None, None) => None,
    }
}

fn approval(
    question: &Question,
    messages: &[Message<'_>],
    channel: Channel<'_>,
    sink: &mut Sink<'_>,
) -> Option<KeptApproval> {
    let asked = messages.get(question.index)?;
    let asked_at = asked.at?;
    let given = question.answer.as_ref()?;
    let asker = sink.pseudonym(asked.author, asked.by_program);
    let (decided_at, decider_key, confidence, by) = match (&given.reaction, given.by) {
        (Some((by, at)), _) => {
            let confidence = if at.is_some() { BY_REACTION } else { BY_REACTION_WITHOUT_TIME };
            (*at, sink.pseudonym(Some(by), false), confidence, "reaction")
        }
        (None, Some(by)) => {
            let answer = messages.get(by)?;
            (answer.at, sink.pseudonym(answer.author, false), BY_MESSAGE, "message")
        }
        (None, None) => return None,
    };
    let subject = asked.url.clone().unwrap_or_else(|| format!("{}/{}", channel.name, asked.thread));
    Some(KeptApproval {
        id: format!("{}/{}/approval", asked.id, named(asked, &asker)),
        asked_at: asked_at.millis(),
        decided_at: decided_at.map(Timestamp::millis),
        approved: given.approved,
        decider_key,
        subject,
        url: asked.url.clone().unwrap_or_default(),
        confidence,
        by: by.to_owned(),
    })
}

/// Returns what tells authors apart: pseudonym, else the program's name.
fn named<'n>(message: &Message<'n>, pseudonym: &'n str) -> &'n str {
    if pseudonym.is_empty() { message.program } else { pseudonym }
}
