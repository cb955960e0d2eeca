using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Servers as Debian has them, woken and used by their own clients.</summary>
[SideBySide]
public sealed partial class RealClientsTests : IAsyncLifetime
{
    /// <summary>Where clients connect, and where the program itself listens.</summary>
    private const int Front = 7301, Own = 7302;

    private const string Address = "tcp://127.0.0.1:7301";

    private readonly RealServer _server = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Redis_ByItsClients_WakesAndStepsAside_AndKeepsWhatItWasTold()
    {
        var folder = await _server.FolderAsync("redis", "redis");
        await _server.ServeAsync(("redis", RealServer.Function("redis", Own, Address, "/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", $"{Own}", "--dir", folder, "--save", "3600 1")));

        await _server.WakesAndStepsAsideAsync(
            "redis", Front,
            first: async () => Assert.Equal("OK", await RedisAsync("set", "greeting", "hello")),
            others: async () =>
            {
                var results = await _server.RunAsync("redis-benchmark", "-h", "127.0.0.1", "-p", $"{Front}", "-n", "5000", "-c", "20", "-t", "set,get", "--csv");
                Assert.Matches(@"""SET"",""\d+", results);
                Assert.Matches(@"""GET"",""\d+", results);
            },
            connections: 40,
            // It was asked to end, and had the time to write its file.
            next: async () => Assert.Equal("hello", await RedisAsync("get", "greeting")));

        Task<string> RedisAsync(params string[] words) => _server.RunAsync("redis-cli", ["-h", "127.0.0.1", "-p", $"{Front}", .. words]);
    }

    // It makes a cluster, and is a program that the tests need for nothing else.
    [LongFact]
    public async Task PostgreSql_ByPsqlAndPgbench_WakesAndStepsAside()
    {
        var programs = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin";
        var folder = await _server.FolderAsync("postgres", "postgres");
        await _server.RunAsync("runuser", "-u", "postgres", "--", $"{programs}/initdb", "--no-sync", "--auth", "trust", "-D", folder);
        var function = RealServer.Function(
            "postgres", Own, Address, $"{programs}/postgres", "-D", folder, "-p", $"{Own}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off");
        // It listens first, and refuses whoever comes until it has looked through its log.
        function["HealthCheck"] = new JsonObject { ["Test"] = new JsonArray("CMD", $"{programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", $"{Own}") };
        await _server.ServeAsync(("db", function));
        string[] where = ["-h", "127.0.0.1", "-p", $"{Front}", "-U", "postgres"];

        await _server.WakesAndStepsAsideAsync(
            "db", Front,
            first: async () => Assert.Equal("42", await QueryAsync("select 6 * 7")),
            others: async () =>
            {
                await _server.RunAsync($"{programs}/pgbench", [.. where, "--initialize", "postgres"]);
                var results = await _server.RunAsync($"{programs}/pgbench", [.. where, "--connect", "--client", "4", "--transactions", "25", "postgres"]);
                Assert.Contains("number of transactions actually processed: 100/100", results, StringComparison.Ordinal);
                Assert.Contains("number of failed transactions: 0 ", results, StringComparison.Ordinal);
            },
            // pgbench -C makes one for each transaction.
            connections: 100,
            next: async () => Assert.Equal("100000", await QueryAsync("select count(*) from pgbench_accounts")));

        Task<string> QueryAsync(string query) => _server.RunAsync($"{programs}/psql", [.. where, "-At", "-c", query, "postgres"]);
    }

    // It makes a database, and is a program that the tests need for nothing else.
    [LongFact]
    public async Task MariaDb_ByItsClients_WakesAndStepsAside()
    {
        var folder = await _server.FolderAsync("mariadb", "mysql");
        await _server.RunAsync("runuser", "-u", "mysql", "--", "mariadb-install-db", "--no-defaults", $"--datadir={folder}", "--auth-root-authentication-method=normal", "--skip-test-db");
        await _server.ServeAsync(("db", RealServer.Function(
            "mysql", Own, Address, "/usr/sbin/mariadbd", "--no-defaults", $"--datadir={folder}", $"--port={Own}", "--bind-address=127.0.0.1", $"--socket={folder}/socket", $"--pid-file={folder}/pid", "--skip-name-resolve",
            // The one that says nothing is not sent away while the others are at work.
            "--connect-timeout=60")));
        string[] where = ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", $"--port={Front}", "--user=root"];

        await _server.WakesAndStepsAsideAsync(
            "db", Front,
            first: async () => Assert.Equal("42", await QueryAsync("select 6 * 7")),
            others: async () =>
            {
                await QueryAsync("create database kept; create table kept.numbers (n int); insert into kept.numbers values (1), (2), (3)");
                var results = await _server.RunAsync("mariadb-slap", [.. where, "--concurrency=5", "--iterations=3", "--number-of-queries=100", "--auto-generate-sql"]);
                Assert.Contains("Average number of seconds to run all queries", results, StringComparison.Ordinal);
            },
            connections: 15,
            next: async () => Assert.Equal("6", await QueryAsync("select sum(n) from kept.numbers")));

        Task<string> QueryAsync(string query) => _server.RunAsync("mariadb", [.. where, "--batch", "--skip-column-names", "--execute", query]);
    }

    // It is a program that the tests need for nothing else.
    [LongFact]
    public async Task Smtp_WhoseServerSpeaksFirst_TakesMailFromTheFirstConnectionOn()
    {
        var folder = await _server.FolderAsync("mail", "nobody");
        await _server.ServeAsync(("mail", RealServer.Function("nobody", Own, Address, "/usr/bin/python3", "-m", "aiosmtpd", "--nosetuid", "--listen", $"127.0.0.1:{Own}", "--class", "aiosmtpd.handlers.Mailbox", $"{folder}/box")));

        await _server.WakesAndStepsAsideAsync(
            "mail", Front,
            first: () => SendAsync("first"),
            others: () => Task.WhenAll(Enumerable.Range(0, 5).Select(i => SendAsync($"other {i}"))),
            connections: 5,
            next: () => SendAsync("next"));

        var subjects = Directory.GetFiles($"{folder}/box/new").Select(static file => SubjectPattern().Match(File.ReadAllText(file)).Groups["subject"].Value);
        Assert.Equal(["first", "next", "other 0", "other 1", "other 2", "other 3", "other 4"], subjects.Order(StringComparer.Ordinal));

        async Task SendAsync(string subject)
        {
            var message = _server.File($"{subject}.eml");
            await File.WriteAllTextAsync(message, $"From: <a@one.example>\r\nTo: <b@two.example>\r\nSubject: {subject}\r\n\r\nHello\r\n");
            var dialogue = await _server.RunAsync("curl", "-q", "--silent", "--verbose", "--max-time", "60", $"smtp://127.0.0.1:{Front}/one.example", "--mail-from", "a@one.example", "--mail-rcpt", "b@two.example", "--upload-file", message);
            Assert.True(DialoguePattern().IsMatch(dialogue), dialogue);
        }
    }

    // It is a program that the tests need for nothing else.
    [LongFact]
    public async Task Ssh_RunsCommandsFromTheFirstConnectionOn()
    {
        // sshd that is not root lets in nobody but its own account, and gives it its shell: this one's is no nologin.
        const string Account = "postgres";
        var folder = await _server.FolderAsync("ssh", Account);
        foreach (var key in (string[])["host", "client"])
        {
            await _server.RunAsync("runuser", "-u", Account, "--", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", $"{folder}/{key}");
        }

        // Its keys are in a folder for everybody's temporary files, which a strict sshd would not trust.
        await File.WriteAllTextAsync($"{folder}/config", $"""
            ListenAddress 127.0.0.1
            Port {Own}
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/client.pub
            StrictModes no
            PidFile none
            UsePAM no
            PasswordAuthentication no

            """);
        await _server.ServeAsync(("shell", RealServer.Function(Account, Own, Address, "/usr/sbin/sshd", "-D", "-e", "-f", $"{folder}/config")));

        await _server.WakesAndStepsAsideAsync(
            "shell", Front,
            first: async () => Assert.Equal("hi", await SshAsync("echo hi")),
            others: async () =>
            {
                var counts = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => SshAsync($"head -c {i}000000 /dev/zero | wc -c")));
                Assert.Equal(["1000000", "2000000", "3000000"], counts);
                Assert.Equal(200_000, (await SshAsync("yes | head -n 100000")).Split('\n').Sum(static line => line.Length + 1));
            },
            connections: 4,
            next: async () => Assert.Equal("there", await SshAsync("echo there")));

        Task<string> SshAsync(string command) => _server.RunAsync(
            "ssh", "-F", "none", "-o", "LogLevel=ERROR", "-i", $"{folder}/client", "-p", $"{Front}", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", $"{Account}@127.0.0.1", command);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [GeneratedRegex("< 220 .*> EHLO .*< 250 .*> MAIL FROM.*< 250 .*> RCPT TO.*< 250 .*> DATA.*< 354 .*< 250 ", RegexOptions.Singleline, 1000)]
    private static partial Regex DialoguePattern();

    [GeneratedRegex(@"^Subject: (?<subject>.*?)\r?$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex SubjectPattern();
}
