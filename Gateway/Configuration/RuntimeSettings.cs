namespace Gateway.Configuration;

/// <summary>The options in a runtime's own section in <c>Gateway</c>. Two are equal if they say the same.</summary>
internal abstract record RuntimeSettings
{
    /// <summary>Whether containers of its engine become functions by their labels.</summary>
    public virtual bool Discovers => false;
}
