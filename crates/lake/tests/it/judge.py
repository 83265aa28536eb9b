"""Reads a lake with DuckDB's official DuckLake extension: queries as JSON on stdin, rows as JSON on stdout."""
import glob, json, os, sys, urllib.parse
import duckdb

asked = json.load(sys.stdin)
connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
for name in ("sqlite_scanner", "postgres_scanner", "ducklake"):
    for folder in sys.path:
        found = glob.glob(os.path.join(folder, f"duckdb_extension_{name}", "extensions", "*", f"{name}.duckdb_extension"))
        if found:
            connection.execute(f"LOAD '{found[0]}'")
            break
catalogue = asked["catalogue"]
if catalogue.startswith("sqlite://"):
    target = "sqlite:" + catalogue.removeprefix("sqlite://")
else:
    url = urllib.parse.urlparse(catalogue)
    parts = {"host": url.hostname, "port": url.port, "user": url.username, "password": url.password, "dbname": url.path.lstrip("/")}
    target = "postgres:" + " ".join(f"{key}={value}" for key, value in parts.items() if value)
connection.execute(f"ATTACH 'ducklake:{target}' AS lake (READ_ONLY)")
connection.execute("USE lake")


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


answers = [[[plain(value) for value in row] for row in connection.execute(query).fetchall()] for query in asked["queries"]]
json.dump(answers, sys.stdout)
