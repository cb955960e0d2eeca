using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>
/// Reads the machine's rules for packets, and judges whether they let through what is forwarded to a container. It takes no risk: a chain that may drop something else than what is
/// invalid counts as one that drops. Two kinds of accepting rules are known: one for everything whose destination is rewritten (<c>ct status dnat accept</c>), as firewalld has it, and
/// one of the gateway's own in Docker's chain for the user's rules.
/// </summary>
internal sealed class PacketFilters
{
    /// <summary>The chain that Docker asks first, and leaves to the user.</summary>
    public const string UserChain = "DOCKER-USER";

    private readonly JsonObject[] _chains;
    private readonly ILookup<(string? Family, string? Table, string? Chain), JsonArray> _rules;

    /// <param name="ruleset">What <c>nft -j list ruleset</c> writes.</param>
    /// <exception cref="JsonException">It is not that.</exception>
    public PacketFilters(string ruleset)
    {
        var all = JsonNode.Parse(ruleset)?["nftables"] as JsonArray ?? throw new JsonException("There is no list of rules.");
        _chains = [.. all.Select(static item => item?["chain"]).OfType<JsonObject>()];
        _rules = all.Select(static item => item?["rule"]).OfType<JsonObject>().Where(static rule => rule["expr"] is JsonArray)
            .ToLookup(static rule => (Text(rule["family"]), Text(rule["table"]), Text(rule["chain"])), static rule => (JsonArray)rule["expr"]!);
    }

    /// <summary>Gets whether Docker's chain for the user's rules is asked about what is forwarded.</summary>
    public bool HasUserChain => At("forward").Any(chain => Any(RulesOf(chain), static statement => statement["jump"] is { } jump && Text(jump["target"]) == UserChain));

    /// <summary>Returns which chain may drop packets that are forwarded to a container, as a clause without a full stop; null if they get through, with a rule in Docker's chain for the user's rules.</summary>
    public string? DropsForwarded() => First("forward") is { } chain ? $"{chain} may drop what this machine forwards" : null;

    /// <summary>Returns which chain judges who may connect to this machine, and would not be asked about what is forwarded; null if none does.</summary>
    public string? JudgesClients() => First("input") is { } chain ? $"{chain} judges who may connect to this machine, and would not be asked" : null;

    private string? First(string hook) => At(hook).FirstOrDefault(MayDrop) is { } chain ? $"the firewall (table {Text(chain["family"])} {Text(chain["table"])}, chain {Text(chain["name"])})" : null;

    private IEnumerable<JsonObject> At(string hook) => _chains.Where(chain => Text(chain["hook"]) == hook && Text(chain["family"]) is "ip" or "inet");

    private bool MayDrop(JsonObject chain) => MayDrop(RulesOf(chain), chain, []) ?? Text(chain["policy"]) == "drop";

    // Returns null if the chain comes to its end without a word on what is forwarded.
    private bool? MayDrop(IEnumerable<JsonArray> rules, JsonObject chain, HashSet<string> seen)
    {
        foreach (var rule in rules)
        {
            var statements = rule.OfType<JsonObject>().ToArray();
            if (Array.Exists(statements, static statement => statement.ContainsKey("accept")) && Array.Exists(statements, static statement => Matches(statement, "status", "dnat")))
            {
                return false;
            }

            foreach (var statement in statements)
            {
                var target = Text((statement["jump"] ?? statement["goto"])?["target"]);
                if (target == UserChain)
                {
                    return false;
                }

                // What iptables writes beside its own words is null here, or named: one that rejects is among them.
                var isWord = statement.ContainsKey("drop") || statement.ContainsKey("reject") || statement.ContainsKey("queue") || statement.ContainsKey("xt");
                if (isWord && !Array.Exists(statements, static other => Matches(other, "state", "invalid")) && !IsHarmless(statement))
                {
                    return true;
                }

                if (target is not null && seen.Add(target) && MayDrop(_rules[(Text(chain["family"]), Text(chain["table"]), target)], chain, seen) == true)
                {
                    return true;
                }
            }
        }

        return null;
    }

    // A match of iptables narrows a rule, and decides nothing.
    private static bool IsHarmless(JsonObject statement) => statement["xt"] is JsonObject xt && Text(xt["type"]) == "match";

    private static bool Matches(JsonObject statement, string key, string value) =>
        statement["match"] is JsonObject match && Text(match["left"]?["ct"]?["key"]) == key && Text(match["op"]) is "in" or "==" && Text(match["right"]) == value;

    private static bool Any(IEnumerable<JsonArray> rules, Func<JsonObject, bool> which) => rules.Any(rule => rule.OfType<JsonObject>().Any(which));

    private IEnumerable<JsonArray> RulesOf(JsonObject chain) => _rules[(Text(chain["family"]), Text(chain["table"]), Text(chain["name"]))];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
