#!/bin/sh
# Makes the database's users and starts the replication. May run at every start: what is there already stays as it is.
# Wants MASTER, SLAVE1, SLAVE2 (host or host:port), MARIADB_ROOT_PASSWORD, DB_NAME, DB_USER, DB_PASSWORD, DB_MIGRATE_PASSWORD and
# REPLICATION_PASSWORD in its environment.
set -eu
export MYSQL_PWD="$MARIADB_ROOT_PASSWORD"

port_of() { case "$1" in *:*) echo "${1##*:}" ;; *) echo 3306 ;; esac; }
ask() { # host:port, statement
    mariadb --batch --skip-column-names --connect-timeout=5 -h "${1%%:*}" -P "$(port_of "$1")" -u root -e "$2"
}
quoted() { # a password as an SQL text
    printf "'%s'" "$(printf %s "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g")"
}
reached() {
    tries=0
    until ask "$1" "SELECT 1" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || { echo "The database at $1 does not answer as root; see its log, and MARIADB_ROOT_PASSWORD." >&2; exit 1; }
        sleep 0.5
    done
}

reached "$MASTER"
# The console and the workers read and write rows; only the migration may change tables, and nobody but root grants anything.
ask "$MASTER" "
CREATE DATABASE IF NOT EXISTS \`$DB_NAME\` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '$DB_USER'@'%' IDENTIFIED BY $(quoted "$DB_PASSWORD");
ALTER USER '$DB_USER'@'%' IDENTIFIED BY $(quoted "$DB_PASSWORD");
GRANT SELECT, INSERT, UPDATE, DELETE ON \`$DB_NAME\`.* TO '$DB_USER'@'%';
CREATE USER IF NOT EXISTS '${DB_USER}_migrate'@'%' IDENTIFIED BY $(quoted "$DB_MIGRATE_PASSWORD");
ALTER USER '${DB_USER}_migrate'@'%' IDENTIFIED BY $(quoted "$DB_MIGRATE_PASSWORD");
GRANT ALL ON \`$DB_NAME\`.* TO '${DB_USER}_migrate'@'%';
CREATE USER IF NOT EXISTS 'replication'@'%' IDENTIFIED BY $(quoted "$REPLICATION_PASSWORD");
ALTER USER 'replication'@'%' IDENTIFIED BY $(quoted "$REPLICATION_PASSWORD");
GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';"

for slave in "$SLAVE1" "$SLAVE2"; do
    reached "$slave"
    if [ -z "$(ask "$slave" "SHOW SLAVE STATUS")" ]; then
        # A new server: whatever its own installation wrote is not part of the history that it is about to read.
        ask "$slave" "
RESET MASTER;
SET GLOBAL gtid_slave_pos = '';
CHANGE MASTER TO MASTER_HOST='${MASTER%%:*}', MASTER_PORT=$(port_of "$MASTER"), MASTER_USER='replication',
    MASTER_PASSWORD=$(quoted "$REPLICATION_PASSWORD"), MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=2;"
    fi
    ask "$slave" "START SLAVE;"
    echo "$slave replicates $MASTER"
done
