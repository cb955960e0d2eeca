using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>Describes in one line what is attached where: each interface that has a hook, and why others have none.</summary>
internal static class AttachmentText
{
    private const string Everywhere = "*";
    private const string None = "none";

    public static string Describe(IReadOnlyList<HookAttachment> attachments)
    {
        var everywhere = attachments.Where(attachment => attachment.Interface == Everywhere && attachment.Mode != None).Select(attachment => attachment.Mode + Because(attachment));
        var devices = attachments.Where(attachment => attachment.Interface != Everywhere && attachment.Mode != None).Select(attachment => $"{attachment.Interface}: {attachment.Mode}{Because(attachment)}");
        var hearer = attachments.Any(attachment => attachment is { Interface: Everywhere, Mode: "sock_ops" }) ? ", sock_ops hears them" : ", and without sock_ops their SYNs are not heard";
        // Programs that the kernel refused are logged by an event of their own.
        var without = attachments.Where(attachment => attachment is { Mode: None, Refused: null }).Select(attachment => attachment.Why!)
            .GroupBy(why => why.Contains(" is a virtual device (", StringComparison.Ordinal) || why.Contains(" is the loopback device", StringComparison.Ordinal))
            .SelectMany(group => group.Key ? [$"no XDP on lo and virtual devices{hearer} (/api/ebpf has each)"] : group.AsEnumerable());
        return $"{string.Join(", ", everywhere.DefaultIfEmpty("nothing"))} on every interface; {string.Join("; ", devices.Concat(without.Select(why => why.TrimEnd('.'))).DefaultIfEmpty("no XDP"))}.";
    }

    private static string Because(HookAttachment attachment) => attachment.Why is { } why ? $" ({why.TrimEnd('.')})" : "";
}
