using Gateway.Activation;

namespace Gateway.Listening;

/// <summary>The functions that share an address by the server names that clients send. It does not change once connections find it.</summary>
internal sealed class ServerNames
{
    private readonly Dictionary<string, Function> _functions = new(StringComparer.OrdinalIgnoreCase);

    public void Add(string name, Function function) => _functions[name] = function;

    /// <summary>Finds the function of a name: by the name itself, then by the wildcard of each parent domain (<c>*.example.com</c>).</summary>
    /// <returns>Returns null if no function has the name.</returns>
    public Function? Find(string? name)
    {
        if (name is null || _functions.TryGetValue(name, out var function))
        {
            return name is null ? null : _functions[name];
        }

        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (_functions.TryGetValue($"*{name[dot..]}", out function))
            {
                return function;
            }
        }

        return null;
    }
}
