package pinyin

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gopinyin "github.com/mozillazg/go-pinyin"
)

var update = flag.Bool("update", false, "write readings.txt anew")

func TestOf(t *testing.T) {
	for _, c := range []struct{ why, name, initials, full string }{
		{"a name", "张三", "ZS", "zhangsan"},
		{"from a capture", "文件传输助手", "WJCSZS", "wenjianchuanshuzhushou"},
		{"from a capture: punctuation is left out", "（通知）中国青年天使会官方家", "TZZGQNTSHGFJ", "tongzhizhongguoqingniantianshihuiguanfangjia"},
		{"from a capture: letters stay as they are", "Joe", "JOE", "Joe"},
		{"from a capture: digits stay", "22唐", "22T", "22tang"},
		{"from a capture: an emoji as it is sent", `Cross<span class="emoji emoji1f343"></span>`, "CROSSSPANCLASSEMOJIEMOJI1F343SPAN", "Crossspanclassemojiemoji1f343span"},
		{"from a capture: an emoji as such", "糖果🐝", "TG?", "tangguo?"},
		{"from a capture: signs that GBK lacks", "༺初心༻", "?CX?", "?chuxin?"},
		{"from a capture: ω is in GBK, ・ is not", "(=^・ω・^=)", "??", "??"},
		{"from a capture: mixed", "Linda贤\u0f3b", "LINDAX?", "Lindaxian?"},
		{"ü is v", "吕绿", "LL", "lvlv"},
		{"one variation selector is no character of its own", "❤️", "?", "?"},
		{"full-width letters are letters", "Ａ１王", "A1W", "A1wang"},
		{"a middle dot is left out", "迪丽·热巴", "DLRB", "dilireba"},
		{"zero is Han", "〇", "L", "ling"},
		{"not UTF-8", "\xff王", "?W", "?wang"},
		{"nothing", "", "", ""},
		{"a surname with its own reading", "单田芳", "STF", "shantianfang"},
		{"a surname in the middle is no surname", "小单", "XD", "xiaodan"},
		{"a surname of two characters", "尉迟恭", "YCG", "yuchigong"},
		{"the same first character alone", "尉健行", "WJX", "weijianxing"},
		{"a surname before letters", "曾生Bob", "ZSBOB", "zengshengBob"},
		{"a surname before a long text is none", "查收最新的通知", "CSZXDTZ", "chashouzuixindetongzhi"},
		{"a word is stronger than a surname", "单位", "DW", "danwei"},
		{"a word anywhere", "我的音乐银行2", "WDYYYH2", "wodeyinyueyinhang2"},
	} {
		initials, full := Of(c.name)
		if initials != c.initials || full != c.full {
			t.Errorf("%s: Of(%q) = %q, %q; want %q, %q", c.why, c.name, initials, full, c.initials, c.full)
		}
	}
}

// The hundred most frequent surnames and some with unusual readings.
func TestSurnames(t *testing.T) {
	const want = `王 wang 李 li 张 zhang 刘 liu 陈 chen 杨 yang 黄 huang 赵 zhao 吴 wu 周 zhou 徐 xu 孙 sun 马 ma 朱 zhu 胡 hu
郭 guo 何 he 林 lin 高 gao 罗 luo 郑 zheng 梁 liang 谢 xie 宋 song 唐 tang 许 xu 韩 han 邓 deng 冯 feng 曹 cao 彭 peng 曾 zeng
肖 xiao 田 tian 董 dong 潘 pan 袁 yuan 蔡 cai 蒋 jiang 余 yu 于 yu 杜 du 叶 ye 程 cheng 魏 wei 苏 su 吕 lv 丁 ding 任 ren
卢 lu 姚 yao 沈 shen 钟 zhong 姜 jiang 崔 cui 谭 tan 陆 lu 范 fan 汪 wang 廖 liao 石 shi 金 jin 韦 wei 贾 jia 夏 xia 付 fu
方 fang 邹 zou 熊 xiong 白 bai 孟 meng 秦 qin 邱 qiu 侯 hou 江 jiang 尹 yin 薛 xue 闫 yan 段 duan 雷 lei 龙 long 黎 li 史 shi
陶 tao 贺 he 毛 mao 郝 hao 顾 gu 龚 gong 邵 shao 万 wan 覃 qin 武 wu 钱 qian 戴 dai 严 yan 莫 mo 孔 kong 向 xiang 常 chang
单 shan 解 xie 仇 qiu 区 ou 查 zha 翟 zhai 盖 ge 朴 piao 缪 miao 葛 ge 宁 ning 车 che 柏 bai 盛 sheng 燕 yan 冼 xian 谌 chen
令狐 linghu 长孙 zhangsun 万俟 moqi 澹台 tantai 欧阳 ouyang 司马 sima 诸葛 zhuge 上官 shangguan 宇文 yuwen 尉迟 yuchi`
	fields := strings.Fields(want)
	for i := 0; i < len(fields); i += 2 {
		if _, got := Of(fields[i] + "明"); got != fields[i+1]+"ming" {
			t.Errorf("Of(%s明) = %q, want %q", fields[i], got, fields[i+1]+"ming")
		}
	}
}

func TestExceptionsAreExceptions(t *testing.T) {
	s := loadSpecial()
	known := load().syllables
	check := func(text string, syllables []string) {
		var usual []string
		for _, r := range text {
			usual = append(usual, read(r))
		}
		_, guards := s.surnames[prefix(text, 1)] // 单位 is not Mr 单
		if slices.Equal(usual, syllables) && !guards {
			t.Errorf("%s is read %v anyway", text, usual)
		}
		for _, syllable := range syllables {
			if !slices.Contains(known, syllable) {
				t.Errorf("%s: no character is read %q", text, syllable)
			}
		}
		if len(usual) != len(syllables) {
			t.Errorf("%s: %d characters, %d syllables", text, len(usual), len(syllables))
		}
	}
	for _, text := range slices.Sorted(maps.Keys(s.surnames)) {
		check(text, s.surnames[text])
	}
	for _, text := range slices.Sorted(maps.Keys(s.words)) {
		check(text, s.words[text])
		if n := utf8.RuneCountInString(text); n != 2 {
			t.Errorf("%s has %d characters, not 2", text, n)
		}
	}
}

// readings.txt is what go-pinyin says. After a new version of it:
//
//	go test ./internal/pinyin -update
func TestReadingsAreThoseOfGoPinyin(t *testing.T) {
	bySyllable := make(map[string][]rune)
	args := gopinyin.NewArgs()
	for code := range gopinyin.PinyinDict {
		if r := rune(code); r >= firstHan && r <= lastHan {
			syllable := gopinyin.SinglePinyin(r, args)[0]
			bySyllable[syllable] = append(bySyllable[syllable], r)
		}
	}
	var want strings.Builder
	for _, syllable := range slices.Sorted(maps.Keys(bySyllable)) {
		slices.Sort(bySyllable[syllable])
		want.WriteString(syllable + " " + string(bySyllable[syllable]) + "\n")
	}
	if *update {
		if err := os.WriteFile("readings.txt", []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if readings != want.String() {
		t.Error("readings.txt differs: run this test with -update")
	}
}

func FuzzOf(f *testing.F) {
	for _, seed := range []string{"张三", "单位Bob🐝", "Ａ〇\xff", "尉", "万俟", strings.Repeat("装", 2000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		initials, full := Of(name)
		if len(initials) > 2*longest || len(full) > 12*longest {
			t.Errorf("%d and %d bytes for %d", len(initials), len(full), len(name))
		}
		for _, text := range []string{initials, full} {
			if i := strings.IndexFunc(text, func(r rune) bool {
				return r != '?' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
			}); i >= 0 {
				t.Errorf("Of(%q) has %q", name, text[i:])
			}
		}
		letters := strings.ReplaceAll(initials, "?", "")
		if again, _ := Of(letters); again != letters && len(letters) <= longest {
			t.Errorf("initials %q, and of these %q", letters, again)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Of("单田芳Bob")
	}
}
