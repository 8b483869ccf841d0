namespace ClipSharp.Models.Towers;

/// <summary>A layer of the ModifiedResNet, which convolves.</summary>
/// <param name="Name">What the names of its weights begin with.</param>
internal abstract record ResNetLayer(string Name) : TowerLayer(Name)
{
    protected static IEnumerable<StateDictEntry> Convolution(string name, string norm, int inputs, int outputs, int kernel) =>
    [
        new(name + ".weight", [outputs, inputs, kernel, kernel]),
        .. Norm(norm, outputs),
        new(norm + ".running_mean", [outputs], IsBuffer: true),
        new(norm + ".running_var", [outputs], IsBuffer: true),
        new(norm + ".num_batches_tracked", [], IsBuffer: true),
    ];

    protected static double Products(double side, double inputs, double outputs, int kernel) =>
        side * side * inputs * outputs * kernel * kernel;
}

/// <summary>Three convolutions, the first of which halves the sides, as does the pooling behind them.</summary>
/// <param name="Name">"visual."</param>
/// <param name="ImageSize">S.</param>
/// <param name="Width">Channels behind it.</param>
internal sealed record ResNetStem(string Name, int ImageSize, int Width) : ResNetLayer(Name)
{
    public override IEnumerable<StateDictEntry> Weights =>
    [
        .. Convolution(Name + "conv1", Name + "bn1", 3, Width / 2, 3),
        .. Convolution(Name + "conv2", Name + "bn2", Width / 2, Width / 2, 3),
        .. Convolution(Name + "conv3", Name + "bn3", Width / 2, Width, 3),
    ];

    public override double MultiplyAdds => Products(ImageSize / 2.0, 3 + (Width / 2.0) + Width, Width / 2.0, 3);
}

/// <summary>A residual block of three convolutions. Its shortcut is convolved in the first block of each stage, since no stage
/// keeps the width (the first goes from w to 4w) or the resolution.</summary>
/// <param name="Name">Such as "visual.layer1.0.".</param>
/// <param name="Inputs">Channels before.</param>
/// <param name="Planes">Channels within; behind it there are four times as many.</param>
/// <param name="Side">Cells a side before.</param>
/// <param name="After">Cells a side behind: as many or half, by the average pool behind the second convolution.</param>
/// <param name="HasShortcut">Whether the shortcut is convolved.</param>
internal sealed record Bottleneck(string Name, int Inputs, int Planes, int Side, int After, bool HasShortcut) : ResNetLayer(Name)
{
    public int Outputs => 4 * Planes;

    public override IEnumerable<StateDictEntry> Weights =>
    [
        .. Convolution(Name + "conv1", Name + "bn1", Inputs, Planes, 1),
        .. Convolution(Name + "conv2", Name + "bn2", Planes, Planes, 3),
        .. Convolution(Name + "conv3", Name + "bn3", Planes, Outputs, 1),
        .. HasShortcut ? Convolution(Name + "downsample.0", Name + "downsample.1", Inputs, Outputs, 1) : [],
    ];

    public override double MultiplyAdds =>
        Products(Side, Inputs, Planes, 1) + Products(Side, Planes, Planes, 3) + Products(After, Planes, Outputs, 1)
        + (HasShortcut ? Products(After, Inputs, Outputs, 1) : 0);
}

/// <summary>The ResNet's attention pool: the mean asks all cells (paper 2.4).</summary>
/// <param name="Name">"visual.attnpool."</param>
/// <param name="Side">G.</param>
/// <param name="Channels">C.</param>
/// <param name="Heads">A.</param>
/// <param name="Outputs">E.</param>
internal sealed record GridPooling(string Name, int Side, int Channels, int Heads, int Outputs) : ResNetLayer(Name)
{
    /// <summary>Cells and their mean.</summary>
    public long Cells => ((long)Side * Side) + 1;

    public override IEnumerable<StateDictEntry> Weights =>
    [
        new(Name + "positional_embedding", [Cells, Channels]),
        .. Linear(Name + "k_proj", Channels, Channels),
        .. Linear(Name + "q_proj", Channels, Channels),
        .. Linear(Name + "v_proj", Channels, Channels),
        .. Linear(Name + "c_proj", Channels, Outputs),
    ];

    // Every cell asks, though only the mean's answer is used: so the published figures count the attention pool.
    public override double MultiplyAdds => (double)Cells * Channels * ((3.0 * Channels) + (2.0 * Cells) + Outputs);
}
