//! What makes an installation itself: the key of pseudonyms.

use aftercast_model::{PersonKey, Timestamp};

use crate::database::{Ledger, Pool, on};
use crate::error::LedgerError;

// The database makes the key, in the statement that stores it: of two processes at once, one wins
// and both read the winner's. `randomblob` and `gen_random_uuid` are the databases' strong
// generators; two UUIDs hold 244 random bits.
const MAKE_SQLITE: &str = "INSERT INTO aftercast_instance (one, person_key, created_at) \
                           VALUES (1, randomblob(32), $1) ON CONFLICT (one) DO NOTHING";
const MAKE_POSTGRES: &str = "INSERT INTO aftercast_instance (one, person_key, created_at) \
     VALUES (1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), $1) \
     ON CONFLICT (one) DO NOTHING";
const READ: &str = "SELECT person_key FROM aftercast_instance WHERE one = 1";

impl Ledger {
    /// Returns the key that turns people into pseudonyms; made once, at first use.
    pub async fn person_key(&self, now: Timestamp) -> Result<PersonKey, LedgerError> {
        if let Some(key) = self.read_key().await? {
            return Ok(key);
        }
        let now = now.millis();
        match &self.pool {
            Pool::Sqlite(pool) => {
                sqlx::query(MAKE_SQLITE).bind(now).execute(pool).await.map(|_| ())
            }
            Pool::Postgres(pool) => {
                sqlx::query(MAKE_POSTGRES).bind(now).execute(pool).await.map(|_| ())
            }
        }
        .map_err(|source| self.failed(source))?;
        self.read_key().await?.ok_or_else(|| self.damaged("no key for pseudonyms"))
    }

    async fn read_key(&self) -> Result<Option<PersonKey>, LedgerError> {
        let bytes: Option<Vec<u8>> =
            on!(self.pool, pool => sqlx::query_scalar(READ).fetch_optional(pool).await)
                .map_err(|source| self.failed(source))?;
        bytes
            .map(|bytes| {
                <[u8; 32]>::try_from(bytes.as_slice())
                    .map(PersonKey::from_bytes)
                    .map_err(|_| self.damaged("a key for pseudonyms that is not 32 bytes long"))
            })
            .transpose()
    }

    fn damaged(&self, what: &str) -> LedgerError {
        LedgerError::Damaged { database: self.shown.clone(), what: what.to_owned() }
    }
}
