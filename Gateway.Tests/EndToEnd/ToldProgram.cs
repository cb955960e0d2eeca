using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>A program that writes down all that it can see of how it was started, and serves that as <c>/facts</c>. It ends with exit code 7 at SIGTERM.</summary>
internal static class ToldProgram
{
    // What a program can see of how it was started. The shell's name is $0, what follows it are its arguments.
    private const string Facts = """
        {
        test $PPID = 0 && echo "pid $$"; echo "parent $PPID"; for a; do echo "argument [$a]"; done; echo "name [$0]"
        busybox tr '\0' '|' < /proc/$$/cmdline; echo; busybox cat /proc/$$/comm
        busybox env | busybox sort | busybox grep -v -e ^HOSTNAME= -e ^PORT=
        busybox id -u; busybox id -g; while read -r line; do case $line in Groups*|Cap*|NoNew*|Sig*|Umask*) echo "$line";; esac; done < /proc/$$/status; busybox pwd
        for f in /proc/$$/fd/*; do echo "${f##*/} $(busybox readlink $f | busybox tr -d '0-9')"; done; busybox wc -c < /dev/stdin
        ulimit -a; busybox cat /proc/$$/oom_score_adj
        } > /tmp/facts 2>&1
        trap 'exit 7' TERM
        busybox httpd -f -p $PORT -h /tmp & wait; wait
        """;

    /// <summary>Returns the settings of the function.</summary>
    /// <param name="image">An image of busybox and a shell.</param>
    /// <param name="readOnly">Whether the container's root can only be read.</param>
    public static JsonObject Of(string runtime, string image, int port, int listen, string tier, bool init, bool readOnly = true) => new()
    {
        ["Runtime"] = runtime,
        ["Image"] = image,
        ["Network"] = "host",
        ["Port"] = port,
        ["Listen"] = new JsonArray($"http://*:{listen}"),
        // Found by PATH, as the image's own program may be.
        ["Command"] = new JsonArray("sh", "-c", Facts, "a name", "two words", "", "$HOME"),
        ["Environment"] = new JsonObject { ["PATH"] = "/nowhere:/bin", ["GREETING"] = "hello, world" },
        ["User"] = "1234:4321",
        ["ReadOnly"] = readOnly,
        ["Init"] = init,
        ["Volumes"] = new JsonArray("tmpfs:/tmp:mode=1777"),
        ["Idle"] = new JsonObject { ["Tier"] = tier },
    };
}
