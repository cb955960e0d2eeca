using Gateway.Configuration;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Process;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>The keys that only a container engine can follow.</summary>
public sealed class ContainerReaderTests
{
    private const string Hello = "Gateway:Functions:hello";

    public static TheoryData<string, object> Volumes => new()
    {
        { "\"data:/var/lib/data\"", new VolumeMount(VolumeKind.Named, "data", "/var/lib/data") },
        { "\"data:/data:ro\"", new VolumeMount(VolumeKind.Named, "data", "/data", "ro") },
        { "\"data:/data/:rw,nocopy,z\"", new VolumeMount(VolumeKind.Named, "data", "/data", "rw,nocopy,z") },
        { "\"/srv/www:/www\"", new VolumeMount(VolumeKind.Bind, "/srv/www", "/www") },
        { "\"/srv/www:/www:ro,rslave\"", new VolumeMount(VolumeKind.Bind, "/srv/www", "/www", "ro,rslave") },
        { "\"/srv/www:/www:Z\"", new VolumeMount(VolumeKind.Bind, "/srv/www", "/www", "Z") },
        { "\"/data\"", new VolumeMount(VolumeKind.Own, "", "/data") },
        { "\"tmpfs:/run\"", new VolumeMount(VolumeKind.Tmpfs, "", "/run") },
        { "\"tmpfs:/run:size=64m,mode=1777,noexec,uid=1000\"", new VolumeMount(VolumeKind.Tmpfs, "", "/run", "size=64m,mode=1777,noexec,uid=1000") },
        { """{ "Type": "volume", "Source": "data", "Target": "/data", "ReadOnly": true, "NoCopy": true }""", new VolumeMount(VolumeKind.Named, "data", "/data", "ro,nocopy") },
        { """{ "Type": "volume", "Target": "/data" }""", new VolumeMount(VolumeKind.Own, "", "/data") },
        { """{ "Type": "bind", "Source": "/srv", "Target": "/data", "Propagation": "rslave" }""", new VolumeMount(VolumeKind.Bind, "/srv", "/data", "rslave") },
        { """{ "type": "tmpfs", "target": "/run", "size": "64MiB", "mode": "1777" }""", new VolumeMount(VolumeKind.Tmpfs, "", "/run", "size=67108864,mode=1777") },
    };

    [Theory]
    [MemberData(nameof(Volumes))]
    public void Volumes_AsPeopleWriteThem_AreTaken(string written, object expected) =>
        Assert.Equal([(VolumeMount)expected], Given.Function(Given.Docker($"\"Volumes\": [ {written} ]")).Container.Volumes);

    [Theory]
    [InlineData("\"./data:/data\"", "'./data' is a relative host path, which the engine's machine has no folder for")]
    [InlineData("\"../data:/data\"", "'../data' is a relative host path")]
    [InlineData("\"~/data:/data\"", "'~/data' is a relative host path")]
    [InlineData("\"some/data:/data\"", "'some/data' is a relative host path")]
    [InlineData("\"data\"", "'data' has no target, the path in the container")]
    [InlineData("\"data:\"", "'data:' has no target")]
    [InlineData("\"/srv:\"", "'/srv:' has no target")]
    [InlineData("\"\"", "'' has no target")]
    [InlineData("\":/data\"", "':/data' has nothing before its colon")]
    [InlineData("\"data:data\"", "'data' is not an absolute path in the container")]
    [InlineData("\"data:/a/../b\"", "'/a/../b' is not an absolute path in the container")]
    [InlineData("\"data:/\"", "'/' is the container's whole file system")]
    [InlineData("\"/\"", "'/' is the container's whole file system")]
    [InlineData("\"/a:/b:ro:z\"", "'/a:/b:ro:z' has 4 parts between colons")]
    [InlineData("\"data:/data:readonly\"", "'readonly' is not an option that can be had here; known for it: ro, rw, z, Z, nocopy.")]
    [InlineData("\"data:/data:cached\"", "'cached' is not an option that can be had here")]
    [InlineData("\"data:/data:\"", "'data:/data:' ends in a colon")]
    [InlineData("\"data:/data:ro,rw\"", "'ro,rw' says two things where one can be")]
    [InlineData("\"/srv:/data:nocopy\"", "'nocopy' is not an option that can be had here")]
    [InlineData("\"tmpfs:/run:size=\"", "'size=' is not an option that can be had here")]
    [InlineData("\"tmpfs:/run:color=red\"", "'color=red' is not an option that can be had here")]
    [InlineData("\"d:/data\"", "'d' is not a volume's name; use 2 to 255 letters")]
    [InlineData("\"-data:/data\"", "'-data' is not a volume's name")]
    [InlineData("\"type=bind,source=/a,target=/b\"", "is in the words of --mount")]
    [InlineData("""{ "Source": "data", "Target": "/data" }""", "no Type; add \"Type\": \"volume\", \"bind\" or \"tmpfs\".")]
    [InlineData("""{ "Type": "volume", "Source": "data" }""", "no Target; add the path in the container")]
    [InlineData("""{ "Type": "bind", "Source": "data", "Target": "/data" }""", "'data' is not an absolute path; write the whole path on the engine's machine.")]
    [InlineData("""{ "Type": "bind", "Target": "/data" }""", "'' is not an absolute path")]
    [InlineData("""{ "Type": "tmpfs", "Source": "data", "Target": "/data" }""", "a tmpfs has no Source; remove it.")]
    public void Volumes_Mistakes_AreNamed(string written, string expected)
    {
        var error = Given.Error(Given.Docker($"\"Volumes\": [ {written} ]"));

        Assert.Equal($"{Hello}:Volumes:0", error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a1:/data\", \"b2:/data\"")]
    [InlineData("\"a1:/data\", \"/data\"")]
    [InlineData("\"a1:/data\", \"tmpfs:/data/\"")]
    [InlineData("\"/srv:/data/\", { \"Type\": \"tmpfs\", \"Target\": \"/data\" }")]
    public void Volumes_OneTargetTwice_IsAnError(string written)
    {
        var error = Given.Error(Given.Docker($"\"Volumes\": [ {written} ]"));

        Assert.Equal($"{Hello}:Volumes:1: '/data' is the target of an earlier entry too; a path in the container can be one volume only.", error.ToString());
    }

    [Theory]
    [InlineData("""{ "Type": "tmpfs", "Target": "/run", "NoCopy": true }""", "Volumes:0:NoCopy: means nothing for the Type 'tmpfs'; remove it.")]
    [InlineData("""{ "Type": "volume", "Target": "/run", "Size": "1MiB" }""", "Volumes:0:Size: means nothing for the Type 'volume'; remove it.")]
    [InlineData("""{ "Type": "volume", "Target": "/run", "Readonly": "yes" }""", "Volumes:0:Readonly: 'yes' is neither true nor false.")]
    [InlineData("""{ "Type": "volume", "Target": "/run", "Subpath": "x" }""", "Volumes:0:Subpath: unknown key; known here:")]
    [InlineData("""{ "Type": "volum", "Target": "/run" }""", "Volumes:0:Type: 'volum' is not one of volume, bind, tmpfs; did you mean 'volume'?")]
    public void Volumes_ObjectWithAWrongKey_NamesTheKey(string written, string expected) =>
        Assert.StartsWith($"{Hello}:{expected}", Given.Error(Given.Docker($"\"Volumes\": [ {written} ]")).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"Networks\": [\"front\", \"back\"]", "front", "back")]
    [InlineData("\"Network\": \"back\", \"Networks\": [\"front\", \"back\"]", "back", "front")]
    [InlineData("\"Network\": \"front\", \"Networks\": [\"back\", \"side\"]", "front", "back side")]
    [InlineData("\"Networks\": [\"host\"]", "host", "")]
    [InlineData("\"Networks\": []", "bridge", "")]
    public void Networks_TheFirstOrNetwork_IsTheOneReached(string written, string reached, string others)
    {
        var function = Given.Function(Given.Docker(written));

        Assert.Equal((reached, others), (function.Container.Network, string.Join(' ', function.Container.Networks)));
    }

    [Theory]
    [InlineData("\"Network\": \"bridge\"", "bridge", false)]
    [InlineData("\"Network\": { \"Name\": \"front\", \"Keep\": true }", "front", true)]
    [InlineData("\"Network\": { \"Keep\": true }", "bridge", true)]
    [InlineData("\"Network\": { \"Keep\": true }, \"Networks\": [\"back\"]", "back", true)]
    [InlineData("\"Network\": { \"Name\": \"host\", \"Keep\": false }", "host", false)]
    public void Network_TextOrObject_SaysWhichAndWhetherItIsKept(string written, string network, bool keeps)
    {
        var run = Given.Function(Given.Docker(written)).Container;

        Assert.Equal((network, keeps), (run.Network, run.KeepsNetwork));
        Assert.Equal(keeps, run.Fingerprint.Contains("Network:Keep", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_EveryKey_IsTaken() => Assert.Equal(
        new ContainerRunOptions("Docker")
        {
            Image = "hello:1",
            Port = 8080,
            User = "1000:staff",
            Memory = 256 << 20,
            Pids = 64,
            Init = true,
            Labels = new Dictionary<string, string> { ["com.example.team"] = "shop", ["headstarter"] = "" },
            Pull = PullPolicy.Never,
            HealthCheck = new HealthCheckOptions
            {
                Test = ["CMD", "/check", "-q"],
                Interval = TimeSpan.FromSeconds(5),
                Timeout = TimeSpan.FromSeconds(1),
                Retries = 3,
                StartPeriod = TimeSpan.FromSeconds(2),
            },
        },
        Given.Function(Given.Docker("""
            "User": "1000:staff", "Memory": "256MiB", "Pids": 64, "Init": true, "Labels": { "com.example.team": "shop", "headstarter": "" }, "Pull": "never",
            "HealthCheck": { "Test": ["CMD", "/check", "-q"], "Interval": "00:00:05", "Timeout": "00:00:01", "Retries": 3, "StartPeriod": "00:00:02" }
            """)).Run);

    [Theory]
    [InlineData("\"Capabilities\": []", "")]
    [InlineData("\"Capabilities\": [\"cap_sys_nice\", \"NET_RAW\", \"net_raw\"]", "NET_RAW,SYS_NICE")]
    [InlineData("\"Capabilities\": null", "CHOWN,DAC_OVERRIDE,FOWNER,KILL,NET_BIND_SERVICE,SETGID,SETUID")]
    [InlineData("\"Init\": true", "CHOWN,DAC_OVERRIDE,FOWNER,KILL,NET_BIND_SERVICE,SETGID,SETUID")]
    public void Capabilities_AreThoseThatAreWritten_OrTheDefault(string written, string expected) =>
        Assert.Equal(expected, string.Join(',', Given.Function(Given.Docker(written)).Container.Capabilities));

    [Fact]
    public void StopTimeout_IsEveryRuntimes()
    {
        Assert.Equal(TimeSpan.FromSeconds(3), ((ProcessRunOptions)Given.Function(Given.Process("\"StopTimeout\": \"00:00:03\"")).Run).StopTimeout);
        Assert.Equal(TimeSpan.Zero, Given.Function(Given.Docker("\"StopTimeout\": \"00:00:00\"")).Container.StopTimeout);
        Assert.Null(Given.Function(Given.Docker()).Container.StopTimeout);
    }

    [Theory]
    [InlineData("\"None\"")]
    [InlineData("\"none\"")]
    [InlineData("{ \"Test\": [\"NONE\"] }")]
    public void HealthCheck_None_SwitchesItOff(string written) =>
        Assert.Equal(HealthCheckOptions.None, Given.Function(Given.Docker($"\"HealthCheck\": {written}")).Container.HealthCheck);

    [Fact]
    public void HealthCheck_TestAsAText_IsForTheShell() =>
        Assert.Equal(["CMD-SHELL", "wget -q x || exit 1"], Given.Function(Given.Docker("\"HealthCheck\": { \"Test\": \"wget -q x || exit 1\" }")).Container.HealthCheck!.Test);

    [Theory]
    [InlineData("\"Networks\": [\"none\"]", "Networks:0: 'none' is not a network to reach a container by")]
    [InlineData("\"Networks\": [\"container:x\"]", "Networks:0: 'container:x' is not a network")]
    [InlineData("\"Networks\": [\"back\", \"back\"]", "Networks:1: 'back' is in the list already")]
    [InlineData("\"Networks\": [\"back\", \"host\"]", "Networks: a container on 'host' shares the engine's own network and can join no other")]
    [InlineData("\"Network\": \"host\", \"Networks\": [\"back\"]", "Networks: a container on 'host'")]
    [InlineData("\"Networks\": \"back\"", "Networks: expected a list [ ... ], found 'back'.")]
    [InlineData("\"Network\": { \"Name\": \"host\", \"Keep\": true }", "Network: there is nothing to keep on 'host', which is the engine's own network and stays; remove Keep or use bridge.")]
    [InlineData("\"Network\": { \"Keep\": true }, \"Networks\": [\"host\"]", "Network: there is nothing to keep on 'host'")]
    [InlineData("\"Network\": { \"Name\": \"none\" }", "Network:Name: 'none' is not a network to reach a container by")]
    [InlineData("\"Network\": { \"Kept\": true }", "Network:Kept: unknown key; known here: Name, Keep.")]
    [InlineData("\"Network\": { \"Keep\": \"always\" }", "Network:Keep: 'always' is neither true nor false.")]
    [InlineData("\"User\": \"\"", "User: '' is no user of a container")]
    [InlineData("\"User\": \"a b\"", "User: 'a b' is no user of a container")]
    [InlineData("\"User\": \"1:2:3\"", "User: '1:2:3' is no user of a container")]
    [InlineData("\"User\": \":5\"", "User: ':5' is no user of a container")]
    [InlineData("\"Memory\": \"lots\"", "Memory: 'lots' is not a container's memory; write a size of 6 MiB or more")]
    [InlineData("\"Memory\": \"1MiB\"", "Memory: '1MiB' is not a container's memory")]
    [InlineData("\"Pids\": 0", "Pids: '0' is not a whole number from 1 to 4194304.")]
    [InlineData("\"Capabilities\": \"NET_RAW\"", "Capabilities: expected a list [ ... ], found 'NET_RAW'.")]
    [InlineData("\"Capabilities\": [\"NET_RAV\"]", "Capabilities:0: 'NET_RAV' is no capability; did you mean 'NET_RAW'?")]
    [InlineData("\"Capabilities\": [\"ALL\"]", "Capabilities:0: 'ALL' is no capability; write names as capabilities(7) has them")]
    [InlineData("\"OpenFiles\": 64", "OpenFiles: a Docker function has the engine's own limit")]
    [InlineData("\"Init\": \"tini\"", "Init: 'tini' is neither true nor false.")]
    [InlineData("\"Labels\": { \"headstart.function\": \"x\" }", "Labels: 'headstart.function' begins with 'headstart.', which the gateway keeps for its own labels")]
    [InlineData("\"Labels\": { \"Headstart.Any\": \"x\" }", "Labels: 'Headstart.Any' begins with 'headstart.'")]
    [InlineData("\"Labels\": [\"a=b\"]", "Labels: expected an object")]
    [InlineData("\"Pull\": \"IfNotPresent\"", "Pull: 'IfNotPresent' is not one of Missing, Always, Never.")]
    [InlineData("\"Pull\": \"Alway\"", "Pull: 'Alway' is not one of Missing, Always, Never; did you mean 'Always'?")]
    [InlineData("\"HealthCheck\": \"off\"", "HealthCheck: 'off' is not None, the only word that can stand here.")]
    [InlineData("\"HealthCheck\": { \"Test\": [\"curl\", \"x\"] }", "HealthCheck:Test: it begins with 'curl' and has 2 parts, which is no check")]
    [InlineData("\"HealthCheck\": { \"Test\": [\"CMD\"] }", "HealthCheck:Test: it begins with 'CMD' and has 1 part, which is no check")]
    [InlineData("\"HealthCheck\": { \"Test\": [\"CMD-SHELL\", \"\"] }", "HealthCheck:Test: the command is empty")]
    [InlineData("\"HealthCheck\": { \"Test\": [\"NONE\"], \"Retries\": 2 }", "HealthCheck:Test: NONE switches the check off")]
    [InlineData("\"HealthCheck\": { \"Intervall\": \"00:00:01\" }", "HealthCheck:Intervall: unknown key; did you mean 'Interval'?")]
    [InlineData("\"HealthCheck\": { \"Interval\": \"30s\" }", "HealthCheck:Interval: '30s' is not a time")]
    [InlineData("\"StopTimeout\": \"10\"", "StopTimeout: '10' is not a time")]
    [InlineData("\"StopTimeout\": \"02:00:00\"", "StopTimeout: '02:00:00' is not a time from 00:00:00 to 01:00:00")]
    [InlineData("\"Volume\": []", "Volume: unknown key; did you mean 'Volumes'?")]
    public void Read_Mistake_IsOneSentenceWithItsPath(string written, string expected) =>
        Assert.StartsWith($"{Hello}:{expected}", Given.Error(Given.Docker(written)).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"Volumes\": [\"data:/data\"]", "Volumes")]
    [InlineData("\"Networks\": [\"a\"]", "Networks")]
    [InlineData("\"Network\": \"a\"", "Network")]
    [InlineData("\"Capabilities\": []", "Capabilities")]
    [InlineData("\"NewPrivileges\": true", "NewPrivileges")]
    [InlineData("\"ReadOnly\": true", "ReadOnly")]
    [InlineData("\"Init\": false", "Init")]
    [InlineData("\"Labels\": { \"a\": \"b\" }", "Labels")]
    [InlineData("\"Pull\": \"Always\"", "Pull")]
    public void Read_KeyOfAContainerOnAProcess_IsRefused(string written, string key)
    {
        var error = Given.Error(Given.Process(written));

        Assert.Equal($"{Hello}:{key}", error.Path);
        Assert.StartsWith("a Process function ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"; remove {key}, or use \"Runtime\": \"Docker\".", error.Message, StringComparison.Ordinal);
    }
}
