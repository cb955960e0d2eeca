using ScottPlot;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>How the pictures look: one font that is there, colours that the colour-blind tell apart, twice the pixels for sharp text.</summary>
internal static class PictureStyle
{
    public const float Scale = 2;

    private const string Font = "DejaVu Sans";

    // Okabe and Ito, Color Universal Design (2008).
    public static readonly Color Blue = Color.FromHex("#0072B2");
    public static readonly Color SkyBlue = Color.FromHex("#56B4E9");
    public static readonly Color Orange = Color.FromHex("#E69F00");
    public static readonly Color Vermilion = Color.FromHex("#D55E00");
    public static readonly Color Green = Color.FromHex("#009E73");
    public static readonly Color Text = Color.FromHex("#222222");
    public static readonly Color Faint = Color.FromHex("#D9D9D9");

    static PictureStyle()
    {
        // The fonts are those of the package fonts-dejavu-core. Skia is built without fontconfig here, so it needs the folder.
        const string folder = "/usr/share/fonts/truetype/dejavu/";
        if (File.Exists(folder + "DejaVuSans.ttf"))
        {
            Fonts.AddFontFile(Font, folder + "DejaVuSans.ttf", bold: false, italic: false);
            Fonts.AddFontFile(Font, folder + "DejaVuSans-Bold.ttf", bold: true, italic: false);
            Fonts.Default = Font;
        }
    }

    /// <summary>An empty plot in this style.</summary>
    public static Plot NewPlot(string title)
    {
        var plot = new Plot { ScaleFactor = Scale };
        plot.Font.Set(Font);
        plot.FigureBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = Faint;
        plot.Axes.Color(Text);
        plot.Axes.Title.Label.Text = title;
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Title.Label.Bold = true;
        return plot;
    }

    public static (Color Color, MarkerShape Marker, string Label) OfSignal(string wakeOn) => wakeOn switch
    {
        "Syn" => (Blue, MarkerShape.FilledCircle, "SYN"),
        "ClientHello" => (Orange, MarkerShape.FilledSquare, "ClientHello"),
        _ => (Vermilion, MarkerShape.FilledTriangleUp, "request"),
    };

    public static byte[] Png(Plot plot, int width, int height) =>
        plot.GetImageBytes((int)(width * Scale), (int)(height * Scale), ImageFormat.Png);
}
