namespace Gateway.Configuration.Kestrel;

/// <summary>Reads a certificate of Kestrel's configuration, which is in files or in a store.</summary>
internal static class KestrelCertificateReader
{
    private static readonly string[] Locations = ["CurrentUser", "LocalMachine"];

    /// <summary>Reads and checks a certificate. An empty section is no mistake.</summary>
    public static void Read(SectionReader section, ReadContext context)
    {
        var (path, key) = (section.Text("Path"), section.Text("KeyPath"));
        var password = section.Text("Password");
        var subject = section.Text("Subject");
        section.Text("Store");
        section.Word("Location", Locations);
        section.Flag("AllowInvalid");
        section.End();
        if (!section.Node.HasContent())
        {
            return;
        }

        if (path is { Length: > 0 } && subject is { Length: > 0 })
        {
            section.Error("Subject", "there is a Path too; a certificate comes from a file or from a store, remove one of the two.");
        }
        else if (path is { Length: > 0 })
        {
            foreach (var word in (string[])["Store", "Location", "AllowInvalid"])
            {
                if (section.Has(word))
                {
                    section.Error(word, "is for certificates of a store, and this one has a Path; remove it.");
                }
            }

            context.Machine?.Certificate(section, path, key, password);
        }
        else if (key is { Length: > 0 })
        {
            section.Error("KeyPath", "there is no Path, so it is the key of nothing; add the certificate's Path.");
        }
        else if (subject is not { Length: > 0 })
        {
            section.Error("neither Path nor Subject; write e.g. { \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }.");
        }
    }
}
