namespace Gateway.Configuration;

/// <summary>A runtime's own section in <c>Gateway</c>, read. Equal when it says the same.</summary>
internal abstract record RuntimeSettings;
