-- What the migrations 0001 to 0014 executed on SQLite, before one took their place: recorded at
-- 30441e288d351486eb6b0482e89af39fdd494b22, the last commit that had them.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE account (
	id INTEGER NOT NULL,
	name VARCHAR(254) NOT NULL,
	name_key VARCHAR(254) NOT NULL,
	role VARCHAR(16) NOT NULL,
	language VARCHAR(16) NOT NULL,
	time_zone VARCHAR(64) NOT NULL,
	password_hash VARCHAR(256) NOT NULL,
	password_changed_at DATETIME NOT NULL,
	two_factor_since DATETIME,
	strangers_blocked_at DATETIME,
	created_at DATETIME NOT NULL,
	disabled_at DATETIME,
	CONSTRAINT pk_account PRIMARY KEY (id),
	CONSTRAINT uq_account_name_key UNIQUE (name_key)
);

CREATE TABLE key_check (
	key_id VARCHAR(32) NOT NULL,
	value VARCHAR(64) NOT NULL,
	CONSTRAINT pk_key_check PRIMARY KEY (key_id)
);

CREATE TABLE rate_limit (
	name VARCHAR(32) NOT NULL,
	subject VARCHAR(64) NOT NULL,
	span INTEGER NOT NULL,
	hits INTEGER NOT NULL,
	resets_at DATETIME NOT NULL,
	CONSTRAINT pk_rate_limit PRIMARY KEY (name, subject, span)
);

CREATE INDEX ix_rate_limit_resets_at ON rate_limit (resets_at);

CREATE TABLE seen_receipt (
	id VARCHAR(64) NOT NULL,
	seen_at DATETIME NOT NULL,
	CONSTRAINT pk_seen_receipt PRIMARY KEY (id)
);

CREATE INDEX ix_seen_receipt_seen_at ON seen_receipt (seen_at);

CREATE TABLE site (
	id INTEGER NOT NULL,
	seen_at DATETIME NOT NULL,
	countries VARCHAR(1024) NOT NULL,
	CONSTRAINT pk_site PRIMARY KEY (id)
);

CREATE TABLE factor (
	id INTEGER NOT NULL,
	public_id VARCHAR(16) NOT NULL,
	account_id INTEGER NOT NULL,
	kind VARCHAR(24) NOT NULL,
	label VARCHAR(64) NOT NULL,
	added_at DATETIME NOT NULL,
	trusted_from DATETIME NOT NULL,
	last_proved_at DATETIME,
	fails_in_row INTEGER NOT NULL,
	disabled_at DATETIME,
	removed_at DATETIME,
	CONSTRAINT pk_factor PRIMARY KEY (id),
	CONSTRAINT fk_factor_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT uq_factor_public_id UNIQUE (public_id)
);

CREATE INDEX ix_factor_account_id ON factor (account_id) WHERE removed_at IS NULL;

CREATE TABLE invitation (
	id INTEGER NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	name VARCHAR(254),
	role VARCHAR(16) NOT NULL,
	language VARCHAR(16),
	set_up BOOLEAN NOT NULL,
	created_at DATETIME NOT NULL,
	expires_at DATETIME,
	used_at DATETIME,
	account_id INTEGER,
	CONSTRAINT pk_invitation PRIMARY KEY (id),
	CONSTRAINT fk_invitation_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE SET NULL,
	CONSTRAINT uq_invitation_token_hash UNIQUE (token_hash)
);

CREATE UNIQUE INDEX uq_invitation_set_up ON invitation (set_up) WHERE set_up;

CREATE TABLE known_browser (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	first_seen_at DATETIME NOT NULL,
	CONSTRAINT pk_known_browser PRIMARY KEY (id),
	CONSTRAINT fk_known_browser_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT uq_known_browser_account_id UNIQUE (account_id, token_hash)
);

CREATE TABLE session (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	stage VARCHAR(16) NOT NULL,
	stage_since DATETIME NOT NULL,
	started_at DATETIME NOT NULL,
	last_seen_at DATETIME NOT NULL,
	ended_at DATETIME,
	family VARCHAR(64),
	known_browser BOOLEAN NOT NULL,
	proved_by INTEGER,
	step_up_until DATETIME,
	step_up_by INTEGER,
	kept_act JSON,
	CONSTRAINT pk_session PRIMARY KEY (id),
	CONSTRAINT fk_session_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_session_proved_by_factor FOREIGN KEY(proved_by) REFERENCES factor (id) ON DELETE SET NULL,
	CONSTRAINT fk_session_step_up_by_factor FOREIGN KEY(step_up_by) REFERENCES factor (id) ON DELETE SET NULL,
	CONSTRAINT uq_session_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_session_account_id ON session (account_id);

CREATE TABLE trusted_number (
	factor_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	removed_at DATETIME,
	number VARCHAR(20) NOT NULL,
	region VARCHAR(3) NOT NULL,
	line VARCHAR(16) NOT NULL,
	method VARCHAR(8) NOT NULL,
	CONSTRAINT pk_trusted_number PRIMARY KEY (factor_id),
	CONSTRAINT fk_trusted_number_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_trusted_number_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_trusted_number_account_number ON trusted_number (account_id, number) WHERE removed_at IS NULL;

CREATE TABLE challenge (
	id INTEGER NOT NULL,
	public_id VARCHAR(16) NOT NULL,
	session_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	purpose VARCHAR(16) NOT NULL,
	factor_id INTEGER,
	number VARCHAR(20) NOT NULL,
	region VARCHAR(3) NOT NULL,
	line VARCHAR(16) NOT NULL,
	label VARCHAR(64) NOT NULL,
	method VARCHAR(8) NOT NULL,
	secret VARCHAR(128) NOT NULL,
	counter INTEGER NOT NULL,
	tries_left INTEGER NOT NULL,
	sends INTEGER NOT NULL,
	started_at DATETIME NOT NULL,
	next_send_at DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	ended_at DATETIME,
	outcome VARCHAR(16),
	CONSTRAINT pk_challenge PRIMARY KEY (id),
	CONSTRAINT fk_challenge_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_challenge_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE,
	CONSTRAINT fk_challenge_session_id_session FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE,
	CONSTRAINT uq_challenge_public_id UNIQUE (public_id)
);

CREATE INDEX ix_challenge_account_id ON challenge (account_id);

CREATE UNIQUE INDEX uq_challenge_live ON challenge (session_id, purpose) WHERE ended_at IS NULL;

CREATE TABLE delivery (
	id INTEGER NOT NULL,
	challenge_id INTEGER NOT NULL,
	counter INTEGER NOT NULL,
	method VARCHAR(8) NOT NULL,
	destination VARCHAR(20) NOT NULL,
	language VARCHAR(16) NOT NULL,
	state VARCHAR(12) NOT NULL,
	transport VARCHAR(32),
	tried VARCHAR(200) NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME NOT NULL,
	lease VARCHAR(32),
	lease_until DATETIME,
	carrier_id VARCHAR(128),
	reason VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	changed_at DATETIME NOT NULL,
	deadline DATETIME NOT NULL,
	CONSTRAINT pk_delivery PRIMARY KEY (id),
	CONSTRAINT fk_delivery_challenge_id_challenge FOREIGN KEY(challenge_id) REFERENCES challenge (id) ON DELETE CASCADE
);

CREATE INDEX ix_delivery_carrier ON delivery (transport, carrier_id);

CREATE INDEX ix_delivery_challenge_id ON delivery (challenge_id);

CREATE INDEX ix_delivery_due ON delivery (due_at) WHERE state = 'queued';

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;

CREATE TABLE trusted_device (
	factor_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	handle VARCHAR(16) NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	previous_hash VARCHAR(64),
	turns INTEGER NOT NULL,
	browser_hash VARCHAR(64) NOT NULL,
	skips_code BOOLEAN NOT NULL,
	expires_at DATETIME NOT NULL,
	seen_at DATETIME NOT NULL,
	address VARCHAR(45) NOT NULL,
	CONSTRAINT pk_trusted_device PRIMARY KEY (factor_id),
	CONSTRAINT fk_trusted_device_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_trusted_device_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE,
	CONSTRAINT uq_trusted_device_handle UNIQUE (handle)
);

CREATE INDEX ix_trusted_device_account_id ON trusted_device (account_id);

ALTER TABLE session ADD COLUMN browser_hash VARCHAR(64);

ALTER TABLE session ADD COLUMN browser_name VARCHAR(64) DEFAULT '' NOT NULL;

ALTER TABLE session ADD COLUMN address VARCHAR(45) DEFAULT '' NOT NULL;

ALTER TABLE session ADD COLUMN ended_how VARCHAR(16);

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

ALTER TABLE account ADD COLUMN journal_seq INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE account ADD COLUMN journal_head VARCHAR(97) DEFAULT '' NOT NULL;

CREATE TABLE journal_entry (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	at DATETIME NOT NULL,
	event VARCHAR(32) NOT NULL,
	details TEXT NOT NULL,
	address VARCHAR(45) NOT NULL,
	browser VARCHAR(64) NOT NULL,
	mac VARCHAR(97) NOT NULL,
	CONSTRAINT pk_journal_entry PRIMARY KEY (id),
	CONSTRAINT fk_journal_entry_account_id_account FOREIGN KEY(account_id) REFERENCES account (id),
	CONSTRAINT uq_journal_entry_account_id UNIQUE (account_id, seq)
);

CREATE TABLE journal_cut (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	last_mac VARCHAR(97) NOT NULL,
	at DATETIME NOT NULL,
	mac VARCHAR(97) NOT NULL,
	CONSTRAINT pk_journal_cut PRIMARY KEY (id),
	CONSTRAINT fk_journal_cut_account_id_account FOREIGN KEY(account_id) REFERENCES account (id),
	CONSTRAINT uq_journal_cut_account_id UNIQUE (account_id, seq)
);

DROP TRIGGER IF EXISTS journal_entry_update;

CREATE TRIGGER journal_entry_update BEFORE UPDATE ON journal_entry
        BEGIN SELECT RAISE(ABORT, 'the journal is only written to'); END;

DROP TRIGGER IF EXISTS journal_entry_delete;

CREATE TRIGGER journal_entry_delete BEFORE DELETE ON journal_entry WHEN NOT EXISTS (SELECT 1 FROM journal_cut WHERE account_id = OLD.account_id AND seq >= OLD.seq)
        BEGIN SELECT RAISE(ABORT, 'the journal is only written to'); END;

DROP TRIGGER IF EXISTS journal_entry_replace;

CREATE TRIGGER journal_entry_replace BEFORE INSERT ON journal_entry WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id OR (account_id = NEW.account_id AND seq = NEW.seq))
        BEGIN SELECT RAISE(ABORT, 'the journal is only written to'); END;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

ALTER TABLE account ADD COLUMN frozen_until DATETIME;

CREATE TABLE _alembic_tmp_delivery (
	id INTEGER NOT NULL,
	challenge_id INTEGER,
	counter INTEGER NOT NULL,
	method VARCHAR(8) NOT NULL,
	destination VARCHAR(320) NOT NULL,
	language VARCHAR(16) NOT NULL,
	state VARCHAR(12) NOT NULL,
	transport VARCHAR(32),
	tried VARCHAR(200) NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME NOT NULL,
	lease VARCHAR(32),
	lease_until DATETIME,
	carrier_id VARCHAR(128),
	reason VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	changed_at DATETIME NOT NULL,
	deadline DATETIME NOT NULL,
	kind VARCHAR(8) DEFAULT 'code' NOT NULL,
	account_id INTEGER,
	factor_id INTEGER,
	from_seq INTEGER,
	answered_at DATETIME,
	CONSTRAINT pk_delivery PRIMARY KEY (id),
	CONSTRAINT fk_delivery_challenge_id_challenge FOREIGN KEY(challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
	CONSTRAINT fk_delivery_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_delivery_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE
);

INSERT INTO _alembic_tmp_delivery (id, challenge_id, counter, method, destination, language, state, transport, tried, attempts, due_at, lease, lease_until, carrier_id, reason, created_at, changed_at, deadline) SELECT delivery.id, delivery.challenge_id, delivery.counter, delivery.method, delivery.destination, delivery.language, delivery.state, delivery.transport, delivery.tried, delivery.attempts, delivery.due_at, delivery.lease, delivery.lease_until, delivery.carrier_id, delivery.reason, delivery.created_at, delivery.changed_at, delivery.deadline
FROM delivery;

DROP TABLE delivery;

ALTER TABLE _alembic_tmp_delivery RENAME TO delivery;

CREATE INDEX ix_delivery_challenge_id ON delivery (challenge_id);

CREATE INDEX ix_delivery_due ON delivery (due_at) WHERE state = 'queued';

CREATE INDEX ix_delivery_carrier ON delivery (transport, carrier_id);

CREATE INDEX ix_delivery_factor_id ON delivery (factor_id);

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

ALTER TABLE account ADD COLUMN two_factor_off_at DATETIME;

CREATE INDEX ix_account_two_factor_off_at ON account (two_factor_off_at);

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

CREATE TABLE authenticator_app (
	factor_id INTEGER NOT NULL,
	secret VARCHAR(128) NOT NULL,
	last_step INTEGER NOT NULL,
	CONSTRAINT pk_authenticator_app PRIMARY KEY (factor_id),
	CONSTRAINT fk_authenticator_app_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE
);

ALTER TABLE trusted_device ADD COLUMN shows_until DATETIME;

ALTER TABLE trusted_device ADD COLUMN last_step INTEGER DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

CREATE TABLE passkey (
	factor_id INTEGER NOT NULL,
	removed_at DATETIME,
	credential_id VARCHAR(1364) NOT NULL,
	public_key BLOB NOT NULL,
	sign_count BIGINT NOT NULL,
	user_verified BOOLEAN NOT NULL,
	backed_up BOOLEAN NOT NULL,
	CONSTRAINT pk_passkey PRIMARY KEY (factor_id),
	CONSTRAINT fk_passkey_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_passkey_credential_id ON passkey (credential_id) WHERE removed_at IS NULL;

CREATE TABLE used_challenge (
	id VARCHAR(32) NOT NULL,
	expires_at DATETIME NOT NULL,
	CONSTRAINT pk_used_challenge PRIMARY KEY (id)
);

CREATE INDEX ix_used_challenge_expires_at ON used_challenge (expires_at);

ALTER TABLE site ADD COLUMN rp_id VARCHAR(253);

ALTER TABLE account ADD COLUMN user_handle VARCHAR(43) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

ALTER TABLE account ADD COLUMN display_name VARCHAR(64) DEFAULT '' NOT NULL;

ALTER TABLE account ADD COLUMN deletes_at DATETIME;

CREATE INDEX ix_account_deletes_at ON account (deletes_at) WHERE deletes_at IS NOT NULL;

CREATE TABLE deleted_account (
	id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	at DATETIME NOT NULL,
	mac VARCHAR(97) NOT NULL,
	CONSTRAINT pk_deleted_account PRIMARY KEY (id)
);

ALTER TABLE site ADD COLUMN last_account INTEGER DEFAULT '0' NOT NULL;

UPDATE site SET last_account = (SELECT coalesce(max(id), 0) FROM account);

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';

ALTER TABLE account ADD COLUMN recovers_at DATETIME;

ALTER TABLE account ADD COLUMN password_by_mail BOOLEAN DEFAULT 0 NOT NULL;

CREATE TABLE recovery (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	kind VARCHAR(16) NOT NULL,
	token_hash VARCHAR(64),
	started_at DATETIME NOT NULL,
	waited INTEGER DEFAULT '0' NOT NULL,
	seen_at DATETIME NOT NULL,
	link_until DATETIME,
	half_told_at DATETIME,
	ended_at DATETIME,
	outcome VARCHAR(16),
	cancelled_by INTEGER,
	address VARCHAR(45) DEFAULT '' NOT NULL,
	browser_name VARCHAR(64) DEFAULT '' NOT NULL,
	CONSTRAINT pk_recovery PRIMARY KEY (id),
	CONSTRAINT fk_recovery_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_recovery_cancelled_by_factor FOREIGN KEY(cancelled_by) REFERENCES factor (id) ON DELETE SET NULL,
	CONSTRAINT uq_recovery_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_recovery_account_id ON recovery (account_id);

CREATE UNIQUE INDEX uq_recovery_open ON recovery (account_id, kind) WHERE ended_at IS NULL;

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';

ALTER TABLE factor ADD COLUMN kept_on VARCHAR(64) DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';

CREATE TABLE mail_address (
	factor_id INTEGER NOT NULL,
	address VARCHAR(254) NOT NULL,
	CONSTRAINT pk_mail_address PRIMARY KEY (factor_id),
	CONSTRAINT fk_mail_address_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE
);

CREATE TABLE mail_link (
	id INTEGER NOT NULL,
	act VARCHAR(8) NOT NULL,
	account_id INTEGER,
	address VARCHAR(254) NOT NULL,
	language VARCHAR(16) NOT NULL,
	created_at DATETIME NOT NULL,
	expires_at DATETIME NOT NULL,
	ended_at DATETIME,
	CONSTRAINT pk_mail_link PRIMARY KEY (id),
	CONSTRAINT fk_mail_link_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE INDEX ix_mail_link_account_id ON mail_link (account_id);

CREATE INDEX ix_mail_link_expires_at ON mail_link (expires_at);

CREATE TABLE _alembic_tmp_delivery (
	id INTEGER NOT NULL,
	challenge_id INTEGER,
	counter INTEGER NOT NULL,
	method VARCHAR(8) NOT NULL,
	destination VARCHAR(320) NOT NULL,
	language VARCHAR(16) NOT NULL,
	state VARCHAR(12) NOT NULL,
	transport VARCHAR(32),
	tried VARCHAR(200) NOT NULL,
	attempts INTEGER NOT NULL,
	due_at DATETIME NOT NULL,
	lease VARCHAR(32),
	lease_until DATETIME,
	carrier_id VARCHAR(128),
	reason VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	changed_at DATETIME NOT NULL,
	deadline DATETIME NOT NULL,
	kind VARCHAR(8) DEFAULT 'code' NOT NULL,
	account_id INTEGER,
	factor_id INTEGER,
	from_seq INTEGER,
	answered_at DATETIME,
	link_id INTEGER,
	CONSTRAINT pk_delivery PRIMARY KEY (id),
	CONSTRAINT fk_delivery_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT fk_delivery_challenge_id_challenge FOREIGN KEY(challenge_id) REFERENCES challenge (id) ON DELETE CASCADE,
	CONSTRAINT fk_delivery_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE,
	CONSTRAINT fk_delivery_link_id_mail_link FOREIGN KEY(link_id) REFERENCES mail_link (id) ON DELETE CASCADE
);

INSERT INTO _alembic_tmp_delivery (id, challenge_id, counter, method, destination, language, state, transport, tried, attempts, due_at, lease, lease_until, carrier_id, reason, created_at, changed_at, deadline, kind, account_id, factor_id, from_seq, answered_at) SELECT delivery.id, delivery.challenge_id, delivery.counter, delivery.method, delivery.destination, delivery.language, delivery.state, delivery.transport, delivery.tried, delivery.attempts, delivery.due_at, delivery.lease, delivery.lease_until, delivery.carrier_id, delivery.reason, delivery.created_at, delivery.changed_at, delivery.deadline, delivery.kind, delivery.account_id, delivery.factor_id, delivery.from_seq, delivery.answered_at
FROM delivery;

DROP TABLE delivery;

ALTER TABLE _alembic_tmp_delivery RENAME TO delivery;

CREATE INDEX ix_delivery_due ON delivery (due_at) WHERE state = 'queued';

CREATE INDEX ix_delivery_factor_id ON delivery (factor_id);

CREATE INDEX ix_delivery_challenge_id ON delivery (challenge_id);

CREATE INDEX ix_delivery_carrier ON delivery (transport, carrier_id);

CREATE INDEX ix_delivery_link_id ON delivery (link_id);

ALTER TABLE invitation ADD COLUMN by_mail BOOLEAN DEFAULT 0 NOT NULL;

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';

CREATE TABLE app_password (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id VARCHAR(32) NOT NULL,
	name VARCHAR(64) NOT NULL,
	service VARCHAR(32) NOT NULL,
	handle VARCHAR(8) NOT NULL,
	mac VARCHAR(97) NOT NULL,
	created_at DATETIME NOT NULL,
	last_used_at DATETIME,
	last_address VARCHAR(45) DEFAULT '' NOT NULL,
	revoked_at DATETIME,
	CONSTRAINT pk_app_password PRIMARY KEY (id),
	CONSTRAINT fk_app_password_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
	CONSTRAINT uq_app_password_handle UNIQUE (handle),
	CONSTRAINT uq_app_password_public_id UNIQUE (public_id)
);

CREATE INDEX ix_app_password_account_id ON app_password (account_id);

CREATE INDEX ix_app_password_revoked_at ON app_password (revoked_at);

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0011';

CREATE TABLE recovery_key (
	factor_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	removed_at DATETIME,
	key_hash VARCHAR(64) NOT NULL,
	used_at DATETIME,
	CONSTRAINT pk_recovery_key PRIMARY KEY (factor_id),
	CONSTRAINT fk_recovery_key_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE,
	CONSTRAINT fk_recovery_key_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_recovery_key_account_id ON recovery_key (account_id) WHERE removed_at IS NULL;

CREATE TABLE backup_codes (
	factor_id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	removed_at DATETIME,
	secret VARCHAR(128) NOT NULL,
	codes_left INTEGER NOT NULL,
	CONSTRAINT pk_backup_codes PRIMARY KEY (factor_id),
	CONSTRAINT fk_backup_codes_factor_id_factor FOREIGN KEY(factor_id) REFERENCES factor (id) ON DELETE CASCADE,
	CONSTRAINT fk_backup_codes_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_backup_codes_account_id ON backup_codes (account_id) WHERE removed_at IS NULL;

CREATE TABLE new_recovery_key (
	session_id INTEGER NOT NULL,
	public_id VARCHAR(16) NOT NULL,
	secret VARCHAR(128) NOT NULL,
	CONSTRAINT pk_new_recovery_key PRIMARY KEY (session_id),
	CONSTRAINT fk_new_recovery_key_session_id_session FOREIGN KEY(session_id) REFERENCES session (id) ON DELETE CASCADE
);

CREATE TABLE backup_code (
	factor_id INTEGER NOT NULL,
	code_hash VARCHAR(64) NOT NULL,
	CONSTRAINT pk_backup_code PRIMARY KEY (factor_id, code_hash),
	CONSTRAINT fk_backup_code_factor_id_backup_codes FOREIGN KEY(factor_id) REFERENCES backup_codes (factor_id) ON DELETE CASCADE
);

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0012';

ALTER TABLE trusted_device ADD COLUMN push_to TEXT;

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0013';
