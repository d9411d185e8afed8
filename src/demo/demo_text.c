/* SPDX-License-Identifier: Apache-2.0 */
#include "demo/demo_text.h"

#include <string.h>

#include "base/arena.h"

const struct demo_user demo_users[DEMO_USERS] = {
	{ "田中 恵", "tanaka@example.jp", ROLE_ADMIN, LANG_JA },
	{ "佐藤 美咲", "sato@example.jp", ROLE_HANDLER, LANG_JA },
	{ "Emma Wilson", "wilson@example.jp", ROLE_HANDLER, LANG_EN },
	{ "鈴木 健", "suzuki@example.jp", ROLE_HANDLER, LANG_JA },
	{ "高橋 学", "takahashi@example.jp", ROLE_MANAGER, LANG_JA },
	{ "Noah Berg", "berg@example.jp", ROLE_AUDITOR, LANG_EN },
};

const struct demo_reporter demo_reporters[] = {
	{ "山本 直樹", "みなと例示銀行 CSIRT", "csirt@minato-bank.example.jp", "csirt", "JP", LANG_JA },
	{ "中村 彩", "例示カード株式会社", "security@reiji-card.example.jp", "victim", "JP", LANG_JA },
	{ "小林 誠", "例示通信株式会社", "abuse@reiji-net.example.jp", "isp", "JP", LANG_JA },
	{ "加藤 優子", NULL, "kato@mail.example.jp", "finder", "JP", LANG_JA },
	{ "吉田 翔", "架空大学 情報基盤センター", "cert@u-kaku.example.jp", "csirt", "JP", LANG_JA },
	{ "佐々木 隆", "例示システムズ株式会社", "soc@reiji-systems.example.jp", "responder", "JP", LANG_JA },
	{ "松本 里奈", "サンプル通販株式会社", "support@sample-store.example.jp", "victim", "JP", LANG_JA },
	{ "井上 大輔", NULL, "inoue@mail.example.jp", "finder", "JP", LANG_JA },
	{ "Alex Meyer", "Example Brand Protection", "reports@brand.example", "vendor", "DE", LANG_EN },
	{ "Priya Nair", "CERT-XA (example)", "cert@cert-xa.example", "csirt", "SG", LANG_EN },
	{ "John Carter", "Example Threat Research", "intel@research.example", "vendor", "US", LANG_EN },
	{ "Lena Visser", "EX-NET Abuse Desk", "abuse@ex-net.example", "isp", "NL", LANG_EN },
};
const size_t demo_reporter_count = COUNT(demo_reporters);

const struct demo_site demo_sites[] = {
	{ "例示ホスティング株式会社", "Abuse窓口", "abuse@hosting.example.jp", "source-host", "JP", "Asia/Tokyo", LANG_JA },
	{ "架空クラウド株式会社", "セキュリティ担当", "abuse@kaku-cloud.example.jp", "source-host", "JP", "Asia/Tokyo", LANG_JA },
	{ "例示通信株式会社", "Abuse窓口", "abuse@reiji-net.example.jp", "isp", "JP", "Asia/Tokyo", LANG_JA },
	{ "Example Hosting Ltd.", "Abuse desk", "abuse@hosting.example", "source-host", "US", "America/New_York", LANG_EN },
	{ "EX-NET", "Abuse desk", "abuse@ex-net.example", "isp", "NL", "Europe/Amsterdam", LANG_EN },
	{ "Sample Registrar Inc.", "Compliance", "abuse@registrar.example", "other", "US", "America/Los_Angeles", LANG_EN },
	{ "CERT-XA (example)", "Duty officer", "cert@cert-xa.example", "peer-csirt", "SG", "Asia/Singapore", LANG_EN },
	{ "Beispiel Webhosting", "Abuse", "abuse@beispiel.example", "source-host", "DE", "Europe/Berlin", LANG_EN },
};
const size_t demo_site_count = COUNT(demo_sites);

/* As the years of the public statistics show it: phishing before all else. */
const struct demo_door demo_doors[] = {
	{ "phishing", 640 },
	{ "scan", 110 },
	{ "malware", 60 },
	{ "defacement", 50 },
	{ "intrusion", 40 },
	{ "leak", 30 },
	{ "dos", 20 },
	{ "targeted", 15 },
	{ "other", 25 },
	{ "unknown", 10 },
};
const size_t demo_door_count = COUNT(demo_doors);

static const struct {
	const char *ja, *en, *stem;
} brands[] = {
	{ "みなと例示銀行", "Minato Example Bank", "minato-bank" },
	{ "例示カード", "Reiji Card", "reiji-card" },
	{ "サンプル通販", "Sample Store", "sample-store" },
	{ "架空モバイル", "Kaku Mobile", "kaku-mobile" },
	{ "例示宅配便", "Example Parcel", "example-parcel" },
	{ "Example Pay", "Example Pay", "example-pay" },
	{ "Cloud Sample Mail", "Cloud Sample Mail", "cloud-sample" },
	{ "例示証券", "Reiji Securities", "reiji-sec" },
};

static bool
is(const struct demo_matter *m, const char *door)
{
	return strcmp(m->door, door) == 0;
}

const char *
demo_brand(const struct demo_matter *m)
{
	return is(m, "phishing") ? brands[m->host % COUNT(brands)].ja : NULL;
}

static const char *
brand(const struct demo_matter *m, enum lang l)
{
	return l == LANG_JA ? brands[m->host % COUNT(brands)].ja : brands[m->host % COUNT(brands)].en;
}

const char *
demo_host(struct arena *a, const struct demo_matter *m)
{
	if (is(m, "phishing"))
		return arena_printf(a, "%s-%u.example", brands[m->host % COUNT(brands)].stem, m->host);
	return arena_printf(a, "www%u.shop-%u.example.net", m->host % 7, m->host);
}

/* One of the three documentation blocks. */
const char *
demo_address(struct arena *a, const struct demo_matter *m)
{
	static const char *const block[] = { "192.0.2", "198.51.100", "203.0.113" };

	return arena_printf(a, "%s.%u", block[m->host % COUNT(block)], 1 + m->host % 253);
}

const char *
demo_report_title(struct arena *a, const struct demo_matter *m)
{
	bool ja = m->lang == LANG_JA;
	const char *host = demo_host(a, m), *ip = demo_address(a, m);

	if (is(m, "phishing"))
		return arena_printf(a, ja ? "%sをかたるフィッシングサイト" : "Phishing site imitating %s", brand(m, m->lang));
	if (is(m, "scan"))
		return arena_printf(a, ja ? "%s からの不審なアクセス（22/TCP）" : "Suspicious access from %s (22/TCP)", ip);
	if (is(m, "malware"))
		return arena_printf(a, ja ? "%s でマルウェアが配布されています" : "Malware distributed from %s", host);
	if (is(m, "defacement"))
		return arena_printf(a, ja ? "%s のWebページ改ざん" : "Web page of %s defaced", host);
	if (is(m, "intrusion"))
		return arena_printf(a, ja ? "%s への侵入の疑い" : "Possible break-in at %s", host);
	if (is(m, "leak"))
		return arena_printf(a, ja ? "%s で会員情報が閲覧できる状態" : "Member data readable at %s", host);
	if (is(m, "dos"))
		return arena_printf(a, ja ? "%s あての大量通信" : "Flood of traffic to %s", host);
	if (is(m, "targeted"))
		return ja ? "取引先を装った標的型攻撃メール" : "Targeted mail in the name of a supplier";
	if (is(m, "ics"))
		return ja ? "工場の制御装置がインターネットから操作できる" : "Control unit of a plant reachable from the internet";
	return ja ? "不審なメールについての質問" : "Question about a suspicious mail";
}

static const char *
text_ja(struct arena *a, const struct demo_matter *m)
{
	const char *host = demo_host(a, m), *ip = demo_address(a, m);

	if (is(m, "phishing"))
		return arena_printf(a,
		    "%sをかたるフィッシングサイトを確認しました。\n\nURL: https://%s/login/\nIPアドレス: %s\n\n"
		    "SMSのリンクから誘導され、IDと暗証番号の入力を求められます。停止の調整をお願いします。\n",
		    brand(m, LANG_JA), host, ip);
	if (is(m, "scan"))
		return arena_printf(a,
		    "当社のサーバーに次のIPアドレスから総当たりとみられるアクセスが続いています。\n\n送信元: %s\n宛先ポート: 22/TCP\n\n"
		    "Nov 10 03:12:44 gw sshd[2211]: Failed password for root from %s port 50122 ssh2\n",
		    ip, ip);
	if (is(m, "malware"))
		return arena_printf(a,
		    "次のURLでマルウェアが配布されています。\n\nhttp://%s/update/setup.exe\nSHA-256: "
		    "%08x5b7c1de0a4f2983344aa55bb66cc77dd88ee99ff00112233445566778899\n",
		    host, m->host * 2654435761U);
	if (is(m, "defacement"))
		return arena_printf(a,
		    "http://%s/ のトップページに見覚えのないスクリプトが埋め込まれ、外部のサイト http://%s/js/ が読み込まれます。\n"
		    "利用者のウイルス対策ソフトが警告を出しています。\n",
		    host, ip);
	if (is(m, "intrusion"))
		return arena_printf(a,
		    "公開サーバー %s (%s) に見知らぬ管理者アカウントが作られていました。ログは保全しています。今後の進め方を相談したいです。\n",
		    host, ip);
	if (is(m, "leak"))
		return arena_printf(a,
		    "http://%s/backup/ で会員一覧とみられるファイルが誰でも閲覧できます。中身は開いていません。管理者に連絡をお願いします。\n",
		    host);
	if (is(m, "dos"))
		return arena_printf(a,
		    "本日午前から %s (%s) あてに毎秒20万パケットほどのUDP通信が届き、閲覧しづらい状態です。\n", host, ip);
	if (is(m, "targeted"))
		return arena_printf(a,
		    "取引先を装い、添付ファイル「見積書.zip」を開かせるメールが届きました。\n差出人: sales@%s\n接続先: %s\n添付は開いていません。\n",
		    host, ip);
	return arena_printf(a, "「未納料金がある」というメールが届きました。リンク先は http://%s/ です。どうすればよいですか。\n", host);
}

static const char *
text_en(struct arena *a, const struct demo_matter *m)
{
	const char *host = demo_host(a, m), *ip = demo_address(a, m);

	if (is(m, "phishing"))
		return arena_printf(a,
		    "We found a phishing site that imitates %s.\n\nhxxps://%s/login/\naddress: %s\n\n"
		    "It asks for the account number and the PIN. Please help to have it stopped.\n",
		    brand(m, LANG_EN), host, ip);
	if (is(m, "scan"))
		return arena_printf(a,
		    "Our sensors see password guessing from an address in your country.\n\nsource: %s\nport: 22/tcp\n"
		    "first seen: 2 days ago, about 4,000 tries an hour\n",
		    ip);
	if (is(m, "malware"))
		return arena_printf(a, "A downloader is hosted at hxxp://%s/update/setup.exe (%s). Sample on request.\n", host, ip);
	if (is(m, "defacement"))
		return arena_printf(a, "The front page of hxxp://%s/ has been replaced; the same group hit several sites.\n", host);
	if (is(m, "intrusion") || is(m, "targeted"))
		return arena_printf(a,
		    "While handling an incident we found that %s (%s) is used as a relay by the attackers. "
		    "Please inform its owner.\n",
		    host, ip);
	return arena_printf(a, "We would like to tell you about an exposed service at %s (%s).\n", host, ip);
}

const char *
demo_report_text(struct arena *a, const struct demo_matter *m)
{
	return m->lang == LANG_JA ? text_ja(a, m) : text_en(a, m);
}

const char *
demo_incident_title(struct arena *a, const struct demo_matter *m)
{
	if (is(m, "phishing"))
		return arena_printf(a, m->lang == LANG_JA ? "%sをかたるフィッシング（%s）" : "Phishing of %s (%s)",
		    brand(m, m->lang), demo_host(a, m));
	return demo_report_title(a, m);
}

const char *
demo_letter_subject(struct arena *a, const struct demo_matter *m, enum lang l)
{
	if (is(m, "phishing"))
		return arena_printf(a, l == LANG_JA ? "フィッシングサイトの停止のお願い: %s" : "Request to stop a phishing site: %s",
		    demo_host(a, m));
	return arena_printf(a, l == LANG_JA ? "調査と対応のお願い: %s" : "Request to look into and act: %s", demo_address(a, m));
}

const char *
demo_letter(struct arena *a, const struct demo_matter *m, enum lang l, const char *org, const char *ref)
{
	const char *host = demo_host(a, m), *ip = demo_address(a, m);

	if (l == LANG_JA)
		return arena_printf(a,
		    "%s ご担当者様\n\n例示CSIRTの担当です。貴社の管理するホストについて次の報告を受けました。\n\n"
		    "  ホスト: %s\n  IPアドレス: %s\n\n"
		    "事実をご確認のうえ、停止などの対応をお願いいたします。結果を本メールへの返信でお知らせいただけると幸いです。\n\n"
		    "参照番号: %s\n\n-- \n例示CSIRT（デモ） csirt@example.jp\n",
		    org, host, ip, ref);
	return arena_printf(a,
	    "Dear %s team,\n\nwe are the Example CSIRT. We received a report about a host in your care:\n\n"
	    "  host: %s\n  address: %s\n\n"
	    "Please verify this and take the measures you see fit. We would be glad to hear the result in reply to this mail.\n\n"
	    "Reference: %s\n\n-- \nExample CSIRT (demonstration), csirt@example.jp\n",
	    org, host, ip, ref);
}

const char *
demo_answer(enum lang l, unsigned n)
{
	static const char *const ja[] = {
		"ご連絡ありがとうございます。該当のコンテンツを停止しました。ご確認ください。\n",
		"お世話になっております。契約者に連絡し、本日中に対応する予定です。\n",
		"ご指摘のサーバーを確認し、不審なファイルを削除しました。再発防止を進めています。\n",
	};
	static const char *const en[] = {
		"Thank you for the notice. The content has been removed and the account is suspended.\n",
		"We have forwarded your request to our customer and will act within 24 hours.\n",
		"Confirmed. The host has been cleaned; credentials were changed.\n",
	};

	return l == LANG_JA ? ja[n % COUNT(ja)] : en[n % COUNT(en)];
}

const char *
demo_evidence(enum lang l, unsigned n)
{
	static const char *const ja[] = {
		"当該URLへのアクセスが404を返すことを2回（翌日を含む）確認した。",
		"管理者から停止の連絡があり、名前解決できないことを確認した。",
		"管理者から対策完了の連絡を受け、改ざんの跡がないことを確認した。",
	};
	static const char *const en[] = {
		"The address answered 404 twice, the second time on the next day.",
		"The administrator said it was stopped; the name no longer resolves.",
		"The administrator reported the repair; the page is as it was before.",
	};

	return l == LANG_JA ? ja[n % COUNT(ja)] : en[n % COUNT(en)];
}

const char *
demo_note(enum lang l, unsigned n)
{
	static const char *const ja[] = {
		"電話で確認。担当者は不在で、明日午前に折り返しとのこと。",
		"同じIPアドレスで別の二つのサイトが動いている。まとめて依頼する。",
		"報告者に公表の可否を確認する。組織名は出さない約束。",
	};
	static const char *const en[] = {
		"Called them; the person in charge is away and will call back tomorrow.",
		"Two more sites run on the same address; asked for all of them together.",
		"Ask the reporter whether the name may be passed on; so far it may not.",
	};

	return l == LANG_JA ? ja[n % COUNT(ja)] : en[n % COUNT(en)];
}
