//! Personal facts beside the log: sealed under a key per case, with a salted commitment in the log.
//!
//! Master key -> wraps case keys (ChaCha20-Poly1305) -> seal the secrets of an event (salts included). Invariant: without the case key neither
//! secrets nor salts can be had, so that a commitment then says nothing, and the log still verifies.

use chacha20poly1305::aead::{Aead, KeyInit, Payload as Sealable};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use convenant_engine::Secret;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, MasterKey, RegionKey, StreamId};

const NONCE: usize = 12;
const SALT: usize = 16;

/// The key of one case.
#[derive(Clone)]
pub(crate) struct CaseKey([u8; 32]);

/// The secrets of one event: encrypted, and committed to.
#[derive(Debug, Clone, Default)]
pub(crate) struct SealedParts {
    /// Nonce and ciphertext; empty when there are no secrets.
    pub(crate) sealed: Vec<u8>,
    /// 32 bytes for each secret.
    pub(crate) commitments: Vec<u8>,
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::MasterKey("the system gives no random bytes"))?;
    Ok(bytes)
}

fn bound_to(what: &[u8], region: &RegionKey, stream: StreamId, seq: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(96);
    bytes.extend_from_slice(what);
    bytes.push(0);
    bytes.extend_from_slice(region.as_str().as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(stream.0.as_bytes());
    bytes.extend_from_slice(&seq.to_be_bytes());
    bytes
}

fn encrypt(key: &[u8; 32], aad: &[u8], clear: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce: [u8; NONCE] = random()?;
    let sealed = ChaCha20Poly1305::new(Key::from_slice(key))
        .encrypt(Nonce::from_slice(&nonce), Sealable { msg: clear, aad })
        .map_err(|_| Error::Malformed("a secret that is too large to seal"))?;
    Ok([nonce.as_slice(), sealed.as_slice()].concat())
}

fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, msg) = sealed.split_at_checked(NONCE)?;
    ChaCha20Poly1305::new(Key::from_slice(key))
        .decrypt(Nonce::from_slice(nonce), Sealable { msg, aad })
        .ok()
}

impl MasterKey {
    /// Kept in the database to tell a wrong master key from the right one; says nothing about it.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(self.derived(b"fingerprint"))
    }

    /// A keyed hash of a command, so that a guess at its facts cannot be checked without the master key.
    pub(crate) fn command_hash(&self, command: &[u8]) -> Vec<u8> {
        let mut hasher = Sha256::new();
        hasher.update(self.derived(b"command"));
        hasher.update(command);
        hasher.finalize().to_vec()
    }

    fn derived(&self, what: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"convenant master key\0");
        hasher.update(what);
        hasher.update(self.0);
        hasher.finalize().into()
    }

    /// Seals something small that belongs to one thing of a region: the secrets of an endpoint.
    pub(crate) fn seal(
        &self,
        what: &[u8],
        region: &RegionKey,
        id: Uuid,
        clear: &[u8],
    ) -> Result<Vec<u8>, Error> {
        encrypt(&self.0, &bound_to(what, region, StreamId(id), 0), clear)
    }

    /// What `seal` made, when it is of this thing and this master key.
    pub(crate) fn unseal(
        &self,
        what: &[u8],
        region: &RegionKey,
        id: Uuid,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        decrypt(&self.0, &bound_to(what, region, StreamId(id), 0), sealed)
    }

    /// A new key for a case, and how it is kept.
    pub(crate) fn new_case_key(
        &self,
        region: &RegionKey,
        stream: StreamId,
    ) -> Result<(CaseKey, Vec<u8>), Error> {
        let key = random()?;
        let wrapped = encrypt(&self.0, &bound_to(b"case key", region, stream, 0), &key)?;
        Ok((CaseKey(key), wrapped))
    }

    /// The key of a case, from how it is kept.
    pub(crate) fn unwrap(
        &self,
        region: &RegionKey,
        stream: StreamId,
        wrapped: &[u8],
    ) -> Result<CaseKey, Error> {
        decrypt(&self.0, &bound_to(b"case key", region, stream, 0), wrapped)
            .and_then(|key| key.try_into().ok())
            .map(CaseKey)
            .ok_or_else(|| Error::damaged("the key of a case does not open with the master key"))
    }
}

fn commitment(salt: &[u8], bound: &[u8], n: u16, secret: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(bound);
    hasher.update(n.to_be_bytes());
    hasher.update(secret);
    hasher.finalize().into()
}

impl CaseKey {
    /// Moves the secrets of an event out, leaving `Secret::Sealed(n)`.
    pub(crate) fn seal(
        &self,
        region: &RegionKey,
        stream: StreamId,
        seq: u32,
        secrets: Vec<&mut Secret>,
    ) -> Result<SealedParts, Error> {
        let bound = bound_to(b"part", region, stream, seq);
        let mut commitments = Vec::with_capacity(secrets.len() * 32);
        let mut clear = Vec::with_capacity(secrets.len() * 64);
        for (n, secret) in (0u16..).zip(secrets) {
            if matches!(secret, Secret::Sealed(_) | Secret::Erased) {
                return Err(Error::Malformed(
                    "a secret that was sealed or erased before",
                ));
            }
            let text = serde_json::to_vec(secret)?;
            let length = u32::try_from(text.len())
                .map_err(|_| Error::Malformed("a secret that is too large to seal"))?;
            let salt: [u8; SALT] = random()?;
            commitments.extend_from_slice(&commitment(&salt, &bound, n, &text));
            clear.extend_from_slice(&salt);
            clear.extend_from_slice(&length.to_be_bytes());
            clear.extend_from_slice(&text);
            *secret = Secret::Sealed(n);
        }
        Ok(SealedParts {
            sealed: encrypt(&self.0, &bound, &clear)?,
            commitments,
        })
    }

    /// The secrets of an event; none when it does not open or is not what the log committed to.
    pub(crate) fn open(
        &self,
        region: &RegionKey,
        stream: StreamId,
        seq: u32,
        parts: &SealedParts,
    ) -> Option<Vec<Secret>> {
        let bound = bound_to(b"part", region, stream, seq);
        let clear = decrypt(&self.0, &bound, &parts.sealed)?;
        let mut rest = clear.as_slice();
        let mut secrets = Vec::new();
        for (n, committed) in (0u16..).zip(parts.commitments.chunks(32)) {
            let (salt, after) = rest.split_at_checked(SALT)?;
            let (length, after) = after.split_first_chunk::<4>()?;
            let (text, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            if commitment(salt, &bound, n, text) != committed {
                return None;
            }
            secrets.push(serde_json::from_slice(text).ok()?);
            rest = after;
        }
        rest.is_empty().then_some(secrets)
    }
}

/// Puts opened secrets back in their places; what was erased becomes `Secret::Erased`.
pub(crate) fn join(places: Vec<&mut Secret>, mut opened: Option<Vec<Secret>>) -> Option<()> {
    for place in places {
        let Secret::Sealed(n) = *place else {
            return None;
        };
        *place = match &mut opened {
            Some(secrets) => std::mem::replace(secrets.get_mut(usize::from(n))?, Secret::Erased),
            None => Secret::Erased,
        };
    }
    Some(())
}
