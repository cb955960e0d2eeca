namespace Gateway.Configuration.Labels;

/// <summary>A container whose labels ask for it to be a function.</summary>
/// <param name="Runtime">The name of the runtime on whose engine it is.</param>
/// <param name="Name">Its name, under which one that is made anew is the same function.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Ports">The TCP ports that it exposes, in ascending order.</param>
internal sealed record LabelledContainer(string Runtime, string Name, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<int> Ports)
{
    /// <summary>The beginning of the labels that are for the gateway.</summary>
    public const string Prefix = "headstart.";

    /// <summary>The label that makes a container a function.</summary>
    public const string Enable = Prefix + "enable";

    /// <summary>The label that names the only gateway that is to make the container a function.</summary>
    public const string Gateway = Prefix + "gateway";

    private const string ComposeProject = "com.docker.compose.project";
    private const string ComposeService = "com.docker.compose.service";

    /// <summary>Gets what errors have as their source.</summary>
    public string Source => $"{ConfigurationError.LabelSource}{Name}";

    /// <summary>Gets Compose's project, or null if Compose has not made it.</summary>
    public string? Project => Labels.GetValueOrDefault(ComposeProject);

    /// <summary>Gets Compose's service, or null if Compose has not made it.</summary>
    public string? Service => Labels.GetValueOrDefault(ComposeService);

    /// <summary>Returns whether a container is a service of the same project of Compose, on the same engine.</summary>
    public bool IsBeside(LabelledContainer other, string service) => Project is not null && Project == other.Project && Runtime == other.Runtime && other.Service == service;

    /// <summary>Returns the value of a label of the gateway's by the end of its name, or null if there is none.</summary>
    public string? Find(string key) => Labels.GetValueOrDefault(Prefix + key);

    public bool Equals(LabelledContainer? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Runtime == other.Runtime && Name == other.Name && Ports.SequenceEqual(other.Ports) && Labels.Count == other.Labels.Count
            && Labels.All(label => other.Labels.TryGetValue(label.Key, out var its) && its == label.Value));

    public override int GetHashCode() => HashCode.Combine(Runtime, Name, Labels.Count);
}
