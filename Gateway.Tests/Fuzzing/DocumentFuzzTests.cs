using System.Text;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Tests.Configuration;
using Gateway.Tests.Idle;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>For any bytes in their files, the configuration and the state of a gateway before are read, or refused with a sentence.</summary>
public sealed class DocumentFuzzTests
{
    private static readonly string Settings = """
        { "Kestrel": { "Endpoints": { "a": { "Url": "http://*:80", "Protocols": "Http1AndHttp2" } }, "Limits": { "MaxRequestBodySize": null } },
          "ReverseProxy": { "Routes": { "hello": { "ClusterId": "hello", "Match": { "Hosts": ["hello.example"], "Path": "/{**x}" }, "Transforms": [ { "PathPrefix": "/a" } ] } } },
          "RateLimiter": { "Policies": { "p": { "FixedWindow": { "PermitLimit": 1, "Window": "00:00:01" } } } },
          "Gateway": { "Admin": { "Url": "http://127.0.0.1:9090", "Hosts": ["a.example"], "Token": "0123456789abcdef" }, // a comment
            "Headers": { "Remove": ["X-A"], "Underscores": false }, "ForwardedHeaders": { "KnownProxies": ["10.0.0.0/8"], "ForwardLimit": 2 }, "ProxyProtocol": { "From": ["::1"], "Timeout": "00:00:03" },
            "Functions": { "hello": { "Runtime": "Docker", "Image": "hello:1", "Listen": ["http://203.0.113.7:443"], "Volumes": ["data:/d:ro"], "Idle": { "After": "00:05:00", "Tier": "Auto" }, "Scale": { "Max": 2 } },
                           "other": { "Runtime": "Process", "Command": ["a", "b"], "Environment": { "A": "\u00e4" }, "Port": 1234 } } } }
        """;

    [Fact]
    public void Json_OfMutatedBytes_IsATree_OrRefused()
    {
        var mutator = new Mutator(seed: 31, [Encoding.UTF8.GetBytes(Settings), [.. "\ufeff{ \"a\": [1, {}, [], null, 1e3] }"u8], Encoding.Unicode.GetPreamble()]);
        var rounds = Mutator.Rounds(20_000);
        var (read, before) = (0, (JsonTree?)null);
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            try
            {
                before = JsonTree.Parse(bytes, "x.json", i % 2 == 0 ? before : null);
                read++;
            }
            catch (Exception refused) when (refused is JsonException or FormatException)
            {
                Assert.NotEmpty(refused.Message);
            }
        }

        Assert.InRange(read, rounds / 20, rounds);
    }

    [Fact]
    public void Configuration_OfMutatedBytes_IsOptions_OrMistakesWithTheirPlace()
    {
        var mutator = new Mutator(seed: 32, [Encoding.UTF8.GetBytes(Settings)]);
        // Each round makes a configuration and reads all of it, which takes 0.2 ms.
        var rounds = Mutator.Rounds(2_000);
        var (good, bad) = (0, 0);
        using (var valid = new ConfigurationRoot([new Memory(JsonTree.Parse(Encoding.UTF8.GetBytes(Settings), "x.json"))]))
        {
            Assert.Empty(Given.TryRead(valid).Errors);
        }

        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            JsonTree tree;
            try
            {
                tree = JsonTree.Parse(bytes, "x.json");
            }
            catch (Exception refused) when (refused is JsonException or FormatException)
            {
                continue;
            }

            using var configuration = new ConfigurationRoot([new Memory(tree)]);
            var result = Given.TryRead(configuration);
            good += result.Options is null ? 0 : 1;
            bad += result.Errors.Count > 0 ? 1 : 0;
            Assert.Equal(result.Options is null, result.Errors.Count > 0);
            Assert.All(result.Errors, error => Assert.True(error.Path.Length > 0 && error.Message.Length > 0 && !error.ToString().Any(char.IsControl), error.ToString()));
        }

        Assert.InRange(good, rounds / 50, rounds);
        Assert.InRange(bad, rounds / 50, rounds);
    }

    [Fact]
    public void State_OfMutatedBytes_IsRestored_OrRefused()
    {
        var learned = new PolicyBench().Wakes(Tier.Paused, 19, 18).Wakes(Tier.Stopped, 131).Clients(48, 50).Uses(TimeSpan.FromMinutes(13), 7);
        var mutator = new Mutator(seed: 33, [JsonSerializer.SerializeToUtf8Bytes(StateMapping.ToModel(learned.Policy), StateJson.Default.StateModel)]);
        var rounds = Mutator.Rounds(10_000);
        var read = 0;
        for (var i = 0; i < rounds; i++)
        {
            var bytes = mutator.Next();
            try
            {
                var next = new PolicyBench();
                StateMapping.Restore(next.Policy, JsonSerializer.Deserialize(bytes, StateJson.Default.StateModel) ?? throw new InvalidDataException("empty"));
                next.Ask();
                read++;
            }
            catch (Exception refused) when (refused is JsonException or InvalidDataException or NotSupportedException)
            {
                Assert.NotEmpty(refused.Message);
            }
        }

        Assert.InRange(read, rounds / 20, rounds);
    }

    private sealed class Memory : ConfigurationProvider
    {
        public Memory(JsonTree tree) => Add(tree.Root, "");

        private void Add(ConfigurationNode node, string path)
        {
            foreach (var child in node.Children)
            {
                var key = path.Length == 0 ? child.Name : ConfigurationPath.Combine(path, child.Name);
                if (child.Written)
                {
                    Data[key] = child.Value;
                }

                Add(child, key);
            }
        }
    }
}
