using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Sets.Selection;
using ClipSharp.Images;

namespace ClipSharp.Evaluation.Tests.Sets.Selection;

public sealed class SelectionSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SelectionSetTests()
    {
        foreach (var name in new[] { "val2017/1.jpg", "val2017/2.jpg", "images/ex_0_img_0.png", "images/ex_0_img_1.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllBytes(_folder[name], ColourPictures.Png(0));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SugarCrepe_is_a_caption_and_its_twin()
    {
        Write("swap_obj.json", """
            {"0": {"filename": "1.jpg", "caption": "a dog on a cat", "negative_caption": "a cat on a dog"},
             "7": {"filename": "2.jpg", "caption": "b", "negative_caption": "c"},
             "9": {"filename": "absent.jpg", "caption": "b", "negative_caption": "c"}}
            """);
        Write("swap_att.json", "{}");

        var set = SelectionSet.Read(_folder.Path, null, "sugar_crepe/swap_obj");

        Assert.Equal(["entry 0", "entry 7"], set.Items.Select(item => item.Id));
        Assert.Equal(["a dog on a cat", "a cat on a dog"], set.Items[0].Captions);
        Assert.Equal([0], set.Items[0].CaptionOfPicture);
        Assert.Equal(_folder["val2017/1.jpg"], Assert.Single(set.Items[0].Pictures).Path);
        var skip = Assert.Single(set.Skips.Losses);
        Assert.Equal((SkipReason.NoPicture, "entry 9: no absent.jpg"), (skip.Reason, skip.Detail));
        Assert.Equal((2, 4), (set.Pictures.Count(), set.Captions.Count()));
    }

    [Fact]
    public void Winoground_is_two_pictures_and_two_captions()
    {
        Write("examples.jsonl", """
            {"id": 0, "image_0": "ex_0_img_0", "image_1": "ex_0_img_1", "caption_0": "a b", "caption_1": "b a", "collapsed_tag": "Object"}

            """);
        var item = Assert.Single(SelectionSet.Read(_folder["examples.jsonl"]).Items);
        Assert.Equal(("0", "Object"), (item.Id, item.Group));
        Assert.Equal([_folder["images/ex_0_img_0.png"], _folder["images/ex_0_img_1.png"]], item.Pictures.Select(picture => picture.Path));
        Assert.Equal(["a b", "b a"], item.Captions);
        Assert.Equal([0, 1], item.CaptionOfPicture);
    }

    [Fact]
    public void ARO_is_a_part_of_a_picture_and_its_relation()
    {
        Write("visual_genome_relation.json", """
            [{"image_path": "ex_0_img_0.png", "true_caption": "t", "false_caption": "f", "relation_name": "on", "bbox_x": 1, "bbox_y": 2, "bbox_w": 3, "bbox_h": 4}]
            """);
        var item = Assert.Single(SelectionSet.Read(_folder.Path, name: "aro/vg_relation").Items);
        Assert.Equal(("on", new PixelBox(1, 2, 3, 4)), (item.Group, item.Pictures[0].Crop));
        Assert.Equal(["t", "f"], item.Captions);

        Write("order.json", """[{"image": "1.jpg", "caption_options": ["the right one", "one the right", "right"]}]""");
        item = Assert.Single(SelectionSet.Read(_folder["order.json"], _folder["val2017"]).Items);
        Assert.Equal((3, 0), (item.Captions.Count, item.CaptionOfPicture[0]));

        Write("attribution.json", """[{"image_path": "1.jpg", "true_caption": "t", "false_caption": "f", "attributes": ["red", "big"]}]""");
        Assert.Equal("red_big", SelectionSet.Read(_folder["attribution.json"]).Items[0].Group);
    }

    [Fact]
    public void NegBench_is_a_table_of_choices()
    {
        Write("mcq.csv", "image_path,correct_answer,caption_0,caption_1,caption_2,caption_3,correct_answer_template\n"
            + "data/coco/val2017/1.jpg,2,a,\"b, no c\",c,d,negative\nval2017/2.jpg,0.0,a,b,c,d,hybrid\n");
        var set = SelectionSet.Read(_folder["mcq.csv"]);
        Assert.Equal([2, 0], set.Items.Select(item => Assert.Single(item.CaptionOfPicture)));
        Assert.Equal(["negative", "hybrid"], set.Items.Select(item => item.Group));
        Assert.Equal(["a", "b, no c", "c", "d"], set.Items[0].Captions);
        Assert.Equal(_folder["val2017/1.jpg"], set.Items[0].Pictures[0].Path);
    }

    [Theory]
    [InlineData("a.json", """{"0": {"filename": "1.jpg", "caption": "a", "negative_caption": "b"}, "5": {"filename": "1.jpg"}}""",
        "a.json, entry 5", "found no caption")]
    [InlineData("a.json", """{"3": {"filename": "1.jpg", "caption": " ", "negative_caption": "b"}}""", "entry 3", "caption is blank")]
    [InlineData("a.json", """{"3": {"filename": "1.jpg", "caption": 4, "negative_caption": "b"}}""", "entry 3", "caption is a JSON Number")]
    [InlineData("a.json", """[{"image": "1.jpg", "caption_options": ["alone"]}]""", "entry 0", "caption_options is a JSON Array")]
    [InlineData("a.json", """[{"image_path": "1.jpg", "true_caption": "t", "false_caption": "f", "bbox_x": 1, "bbox_y": 1, "bbox_w": 0, "bbox_h": 2}]""",
        "entry 0", "bbox_w is a JSON Number")]
    [InlineData("a.jsonl", "{\"image_0\": \"x\", \"image_1\": \"y\", \"caption_0\": \"a\", \"caption_1\": \"b\"}\n{", "line 2", "JSON")]
    [InlineData("a.json", """[{"what": 1}]""", "entry 0", "none of the known forms")]
    [InlineData("a.json", "{}", "file", "no entry")]
    [InlineData("a.json", "3", "file", "a JSON Number")]
    [InlineData("a.csv", "image_path,caption_0\n1.jpg,a\n", "line 1", "image_path, caption_0")]
    [InlineData("a.csv", "image_path,caption_0,caption_1,correct_answer\n1.jpg,a,b,2\n", "line 2", "correct_answer 2")]
    [InlineData("a.csv", "image_path,caption_0,caption_1,correct_answer\n1.jpg,a,,1\n", "line 2", "no caption_1")]
    [InlineData("a.csv", "image_path,caption_0,caption_1,correct_answer\n1.jpg,a,b\n", "line 2", "3 fields")]
    public void A_bad_entry_is_refused_by_its_name(string file, string text, string where, string found)
    {
        Write(file, text);
        var refusal = Assert.Throws<ClipException>(() => SelectionSet.Read(_folder[file]));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(where, refusal.Where, StringComparison.Ordinal);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_without_its_pictures_or_its_file_says_so()
    {
        Write("a.json", """{"0": {"filename": "absent.jpg", "caption": "a", "negative_caption": "b"}}""");
        var refusal = Assert.Throws<ClipException>(() => SelectionSet.Read(_folder["a.json"], _folder["nowhere"]));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
        Assert.Contains("1 items, the first without absent.jpg in " + _folder["nowhere"], refusal.Message, StringComparison.Ordinal);
        Write("b.json", "{}");
        Assert.Contains("a.json, b.json", Assert.Throws<ClipException>(() => SelectionSet.Read(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(_folder[name], text);
}
