namespace Gateway.Configuration.Labels;

/// <summary>A function by labels that is not in use, because something is wrong with it.</summary>
/// <param name="Name">What it would be called.</param>
/// <param name="Runtime">The name of the runtime on whose engine its container is.</param>
/// <param name="Container">The name of its container.</param>
/// <param name="Reason">Sentences that say which label is wrong and what to do.</param>
internal sealed record RejectedFunction(string Name, string Runtime, string Container, string Reason)
{
    /// <summary>Makes one of what a container's labels say, which anybody may have written.</summary>
    public static RejectedFunction Of(string name, LabelledContainer container, string reason) =>
        new(Names.IsValid(name, Names.MaxFunctionName) ? name : container.Name, container.Runtime, container.Name, ReadContext.OneLine(reason));
}
